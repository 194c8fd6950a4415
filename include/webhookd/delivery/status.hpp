#pragma once

#include "webhookd/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace webhookd::delivery {

/// How a sink is doing, for operators and metrics. Counters count since the daemon started.
struct LaneStatus {
    enum class State : std::uint8_t {
        running, // nothing is wrong
        failing, // the destination is away or refuses events; tried again
        paused,  // by the operator
        stopped, // its thread has ended
    };
    std::string sink; // its name in the configuration
    std::string type;
    State state = State::running;
    std::uint64_t settled = 0;              // every event up to this sequence is settled
    std::uint64_t delivered = 0;            // events
    std::uint64_t failures = 0;             // deliveries that failed and are tried again
    std::uint64_t skipped = 0;              // given up because the backlog was full
    std::uint64_t dead_letters = 0;         // in the store now
    std::uint64_t backlog_events = 0;       // waiting; those not looked at yet are counted as if they matched
    std::uint64_t backlog_bytes = 0;        // of those that were looked at
    std::optional<Time> oldest_undelivered; // when it was received
    std::string last_error;
    std::optional<Time> last_error_at;
};

constexpr std::string_view word(LaneStatus::State state) {
    constexpr std::string_view words[] = {"running", "failing", "paused", "stopped"};
    return words[static_cast<std::size_t>(state)];
}

} // namespace webhookd::delivery
