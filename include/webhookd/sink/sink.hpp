#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/base/units.hpp"
#include "webhookd/event/event.hpp"
#include "webhookd/runtime/task.hpp"

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
    std::string why;               // for retry and reject: a sentence, no secrets, no event contents
    std::optional<Duration> after; // for retry: not before this long (Retry-After)

    static Outcome delivered() { return {}; }
    static Outcome retry(std::string why, std::optional<Duration> after = {}) {
        return {Kind::retry, std::move(why), after};
    }
    static Outcome reject(std::string why) { return {Kind::reject, std::move(why), {}}; }
};

/// The destination as a whole is away (refused, timed out, overloaded): no event is charged with an attempt.
struct Away {
    std::string why;
    std::optional<Duration> after;
};

/// One per event of the batch, in its order; may be shorter after an early end: the rest was not tried and is not
/// charged.
using Outcomes = std::vector<Outcome>;

/// How a sink wants to be fed. A lane asks once.
struct Capacity {
    std::size_t batch_events = 1024;    // the most events in one call
    std::size_t batch_bytes = 1u << 20; // of their bodies; a larger event comes alone
    Duration batch_delay{0};            // how long a batch that is not full may wait for more
    std::size_t concurrency = 1;        // calls under way at once; beyond 1 the order is kept for each flag only
    Duration timeout{0};                // of one call, then it is cancelled and the destination counts as away; 0: none
};

class Sink {
public:
    virtual ~Sink() = default;
    virtual Capacity capacity() const { return {}; }
    /// Connects, opens files; called before the first delivery and again after the destination was away, never while a
    /// delivery is under way.
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
