#pragma once

#include "webhookd/config/sink_kind.hpp"

#include <span>

namespace webhookd::sink {
struct SinkType;
}

namespace webhookd::app {

/// Every destination that is built in, in the order `version` shows them.
std::span<const sink::SinkType> builtin_sinks();
/// The same for the configuration.
std::span<const config::SinkKind> builtin_sink_kinds();
/// Those, and the ones that are left out of this build.
std::span<const config::SinkKind> known_sink_kinds();

} // namespace webhookd::app
