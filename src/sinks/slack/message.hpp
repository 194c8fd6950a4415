#pragma once

#include "webhookd/event/event.hpp"

#include <string>
#include <vector>

namespace webhookd::sinks::slack {

/// A line about an event in Slack's markup: "*checkout_v2* enabled off → on, value `a` → `b` in *Production* by
/// jane@example.com".
std::string line_of(const event::Event& event);

/// The message for lines, as the JSON that Slack takes. Lines beyond what Slack shows are counted instead.
std::string message_of(const std::vector<std::string>& lines);

} // namespace webhookd::sinks::slack
