#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/event/event.hpp"
#include "webhookd/runtime/task.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// The contract of a destination. A sink does not queue, retry, time out or count: its lane does (webhookd/delivery).
namespace webhookd::sink {

/// What became of one event.
struct Outcome {
    enum class Kind : std::uint8_t {
        delivered, // the destination has it
        retry,     // not now: worth trying again, counts as an attempt
        reject,    // never: goes to the dead letters at once
    };
    Kind kind = Kind::delivered;
    std::string why;                                // for retry and reject: a sentence, no secrets, no event contents
    std::optional<std::chrono::milliseconds> after; // for retry: not before this long (Retry-After)

    static Outcome delivered() { return {}; }
    static Outcome retry(std::string why, std::optional<std::chrono::milliseconds> after = {}) {
        return {Kind::retry, std::move(why), after};
    }
    static Outcome reject(std::string why) { return {Kind::reject, std::move(why), {}}; }
};

/// The destination as a whole is away (refused, timed out, overloaded): no event is charged with an attempt.
struct Away {
    std::string why;
    std::optional<std::chrono::milliseconds> after;
};

/// One per event of the batch, in its order; may be shorter after an early end: the rest was not tried and is not
/// charged.
using Outcomes = std::vector<Outcome>;

class Sink {
public:
    virtual ~Sink() = default;
    /// Connects, opens files; called before the first delivery and again after the destination was away.
    virtual Task<Result<void, Away>> open() = 0;
    /// Delivers a batch in order. The events live until the returned task completes. Runs on the lane's own thread,
    /// where it may block; cancelled (asio terminal cancellation) when the lane stops or the delivery takes too long.
    virtual Task<Result<Outcomes, Away>> deliver(std::span<const event::Event> batch) = 0;
    /// Closes politely. Nothing is delivered afterwards.
    virtual Task<> close() = 0;
    /// SIGHUP: reopen files. On the lane's thread, between deliveries.
    virtual void reopen() {}
};

} // namespace webhookd::sink
