#pragma once

#include "cli/command.hpp"
#include "webhookd/journal/store.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace webhookd::cli {

/// The filters that commands over stored events share: --type --flag … --since --until --limit.
struct EventFilter {
    std::map<Attribute, std::vector<std::string>> match;
    std::string since, until;
    std::size_t limit = 50;
};

std::shared_ptr<EventFilter> add_filter_options(CLI::App& app, std::size_t default_limit);

/// The same as a query. A moment that is none ends the command with status 2.
journal::Query to_query(const EventFilter& filter, Time now);

} // namespace webhookd::cli
