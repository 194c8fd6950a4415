#pragma once

#include "sinks/exec/settings.hpp"
#include "webhookd/sink/type.hpp"

#include <memory>

namespace webhookd::sinks::exec {

/// mode = "per-event": the command is started for each event, which it finds on its standard input.
std::unique_ptr<sink::Sink> make_run_sink(const Settings& settings, const sink::Environment& environment);
/// mode = "stream": the command is started once, reads a line for each event and answers with its id.
std::unique_ptr<sink::Sink> make_stream_sink(const Settings& settings, const sink::Environment& environment);

} // namespace webhookd::sinks::exec
