#pragma once

#include "cli/command.hpp"
#include "webhookd/event/event.hpp"
#include "webhookd/journal/store.hpp"

#include <functional>
#include <memory>

namespace webhookd::cli {

/// The store of the configuration, to look into: beside a running daemon or without one. Ends the command where there
/// is none.
std::unique_ptr<journal::Store> look_into_store(Context& context);

/// Visits what a query finds, page by page, up to its limit; `visit` returns whether to go on.
void for_each_event(journal::Store& store, journal::Query query,
                    const std::function<bool(const journal::StoredEvent&)>& visit);

event::Event to_event(const journal::StoredEvent& stored);

/// Prints one event as a line: readable, or a JSON object where JSON was asked for.
void print_event_line(Context& context, const journal::StoredEvent& stored);

} // namespace webhookd::cli
