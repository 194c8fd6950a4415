#pragma once

#include "webhookd/event/event.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webhookd::sinks::exec {

/// The environment of a command, all of it: PATH, LANG, FLAGSMITH_SINK; for a run for one event also FLAGSMITH_ID,
/// FLAGSMITH_TIME and each attribute, as FLAGSMITH_FLAG.
std::vector<std::string> environment_of(const std::string& sink, const event::Event* event);

/// What a line of a stream command says: the id of an event, and behind a space "retry" or "reject".
struct Acknowledgement {
    EventId id;
    enum class Kind : std::uint8_t { delivered, retry, reject } kind = Kind::delivered;
};
std::optional<Acknowledgement> parse_acknowledgement(std::string_view line);

} // namespace webhookd::sinks::exec
