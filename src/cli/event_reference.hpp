#pragma once

#include <string>

namespace webhookd::cli {

/// The second half of docs/events.md, from "## The messages" on: every kind with an example, what comes of it and its
/// members, made from the kinds of `send` and the lists of fields that the decoder checks with.
std::string event_reference();

} // namespace webhookd::cli
