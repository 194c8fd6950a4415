#pragma once

#include "webhookd/event/event.hpp"

#include <cstdint>
#include <string>

namespace webhookd::event {

/// How an event is written for a destination (contract: section 4).
enum class Format : std::uint8_t { cloudevents, raw, logfmt, text };

/// Appends one event, without a final newline. `cloudevents`, `logfmt` and `text` are one line whatever the event
/// holds; `raw` is the received bytes.
void append_event(std::string& out, const Event& event, Format format);

} // namespace webhookd::event
