#pragma once

#include "webhookd/base/secret.hpp"
#include "webhookd/config/sink_kind.hpp"

#include <string>

namespace webhookd::sinks::slack {

using config::Rules;
using config::TableReader;

struct Settings {
    Secret url;
    std::string text;
};

void check(const Settings& settings, TableReader& table);

constexpr auto describe(std::type_identity<Settings>) {
    return std::tuple{
        config::field("url", &Settings::url, "the incoming webhook; whoever knows it can post",
                      Rules{.required = true, .example = "{ file = \"slack.url\" }"}),
        config::field("text", &Settings::text,
                      "the line for an event, in Slack's markup, with {flag}, {environment} …; absent: one that tells "
                      "what changed from what to what, where and by whom",
                      Rules{.example = "\"*{flag}* changed in {environment}\""})};
}

} // namespace webhookd::sinks::slack
