#pragma once

#include "webhookd/config/sink_kind.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace webhookd::sinks::exec {

using config::Rules;
using config::TableReader;

struct Settings {
    enum class Mode : std::uint8_t { per_event, stream };

    std::vector<std::string> command;
    Mode mode = Mode::per_event;
    Duration timeout = std::chrono::seconds(30);
    std::uint32_t concurrency = 1;
};

void check(const Settings& settings, TableReader& table);

constexpr auto words(std::type_identity<Settings::Mode>) {
    return std::array{config::Word{"per-event", Settings::Mode::per_event},
                      config::Word{"stream", Settings::Mode::stream}};
}

constexpr auto describe(std::type_identity<Settings>) {
    return std::tuple{
        config::field("command", &Settings::command, "the program and its arguments; no shell looks at them",
                      Rules{.required = true, .example = "[\"/usr/local/bin/on-flag-change\", \"--verbose\"]"}),
        config::field("mode", &Settings::mode,
                      "per-event: started for each event; stream: one that stays, reads lines and answers with ids",
                      Rules{}),
        config::field("timeout", &Settings::timeout,
                      "after which a run is killed with all its children, or a stream counts as stuck",
                      Rules{.min = 10, .max = 3'600'000}),
        config::field("concurrency", &Settings::concurrency,
                      "runs at once; 1 keeps the order, more keep it for each flag", Rules{.min = 1, .max = 64})};
}

} // namespace webhookd::sinks::exec
