#pragma once

#include "webhookd/config/sink_kind.hpp"

#include <cstdint>

namespace webhookd::sinks::log {

using config::Rules;

struct Settings {
    enum class Target : std::uint8_t { standard_error, syslog, journald };
    /// The severities of syslog that an event can have; the numbers are syslog's.
    enum class Level : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };
    Target target = Target::standard_error;
    Level level = Level::info;
};

constexpr auto words(std::type_identity<Settings::Target>) {
    using Target = Settings::Target;
    return std::array{config::Word{"stderr", Target::standard_error}, config::Word{"syslog", Target::syslog},
                      config::Word{"journald", Target::journald}};
}

constexpr auto words(std::type_identity<Settings::Level>) {
    using Level = Settings::Level;
    return std::array{config::Word{"error", Level::error}, config::Word{"warning", Level::warning},
                      config::Word{"notice", Level::notice}, config::Word{"info", Level::info},
                      config::Word{"debug", Level::debug}};
}

constexpr auto describe(std::type_identity<Settings>) {
    return std::tuple{config::field("target", &Settings::target, "which log the events go to", Rules{}),
                      config::field("level", &Settings::level, "the severity they are logged with", Rules{})};
}

} // namespace webhookd::sinks::log
