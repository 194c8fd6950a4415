#pragma once

#include "webhookd/config/sink_kind.hpp"
#include "webhookd/event/format.hpp"
#include "webhookd/sink/sink.hpp"

#include <memory>
#include <string>

namespace webhookd::sink {

/// What a sink may know of its surroundings.
struct Environment {
    std::string name;     // [sink.NAME], for messages
    event::Format format; // how events are written; from the sink's common settings
    Executor executor;    // of its lane's thread
};

/// A destination that can be configured: one constant per folder of src/sinks, listed in src/app/builtin_sinks.cpp.
struct SinkType {
    config::SinkKind kind; // its name, summary and settings, for the configuration
    /// `settings` is what kind.read made. Throws std::runtime_error where the settings cannot work at all.
    std::unique_ptr<Sink> (*make)(std::shared_ptr<const void> settings, Environment environment);
};

} // namespace webhookd::sink
