#pragma once

#include "webhookd/base/time.hpp"
#include "webhookd/delivery/retry.hpp"
#include "webhookd/sink/sink.hpp"

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace webhookd::delivery {

/// The events that a lane has read and that are not settled yet. Decides what is delivered next and what becomes of it;
/// pure: no IO, time and chance are arguments. Used by one thread.
///
/// An event is tried again until it is delivered, is rejected, or is *alone* in being refused: its attempts are used up
/// and another event got through since its last failure. Where everything is refused nothing is given up, however long
/// it takes. In strict order nothing gets through behind a refused event by itself; so once the attempts are used up,
/// the next event is tried right behind it, as a probe.
/// A batch that fails as a whole says nothing about a single event: no attempt is charged, smaller batches are tried.
class Window {
public:
    enum class Order : std::uint8_t {
        strict,   // no event overtakes another
        per_flag, // events about different flags may
    };

    struct Shape {
        Order order = Order::strict;
        std::size_t batch_events = 1024;
        std::size_t batch_bytes = 1u << 20;
        Duration batch_delay{0};
        std::size_t most_events = 1024; // unsettled at once
        std::size_t most_bytes = 4u << 20;
    };

    struct Line;
    struct Slot {
        event::Event event;
        Line* line = nullptr;
        std::uint32_t attempts = 0;
        bool is_waiting = false;          // neither under way nor given up
        bool is_kept = false;             // its bytes are in `kept`
        std::uint64_t successes_seen = 0; // when it was last tried
        SteadyTime admitted;
        std::string kept;
        std::string why; // of its last failure
    };
    using Position = std::list<Slot>::iterator;

    /// Events on their way to the destination; reused, so that nothing is allocated for each.
    struct Batch {
        std::vector<event::Event> events;
        std::vector<Position> positions;
        bool is_probe = false;
        void clear() noexcept;
    };

    /// An event that is given up; it stays unsettled until bury().
    struct Death {
        Position position;
        std::string why;
    };
    /// What a call of the sink came to.
    struct Conclusion {
        std::size_t delivered = 0;
        std::size_t failed = 0; // and will be tried again
        std::string why;        // of the last failure
        std::vector<Death> deaths;
    };

    Window(Shape shape, RetryPlan plan) noexcept : shape_(shape), plan_(plan), batch_limit_(shape.batch_events) {}
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

    // --- filling ---
    bool has_room() const noexcept { return slots_.size() < shape_.most_events && bytes_ < shape_.most_bytes; }
    /// Takes an event in. Where its bytes are not copied (`keep`), they must live until the window is empty or own()
    /// was called.
    void admit(const event::Event& event, bool keep, SteadyTime now);
    /// Everything up to here was read: what of it was not admitted is settled.
    void read_to(std::uint64_t sequence) noexcept { read_ = sequence; }
    std::uint64_t read() const noexcept { return read_; }
    /// Copies the bytes of all events whose bytes are not copied yet.
    void own();

    // --- delivering ---
    /// Puts into `batch` what may be delivered now. With `flush` a batch is not held back until it is full. False where
    /// there is nothing.
    bool take(Batch& batch, SteadyTime now, bool flush);
    /// When take() will give something that it does not give now; nothing when that takes another event or a
    /// conclusion.
    std::optional<SteadyTime> next_due() const noexcept;
    /// The outcomes of a batch; `chance` as for RetryPlan::delay. Events beyond the outcomes were not tried.
    Conclusion conclude(Batch& batch, const sink::Outcomes& outcomes, SteadyTime now, double chance);
    /// The destination was away: no event of the batch is charged.
    void give_back(Batch& batch);
    /// The event is in the dead letters now.
    void bury(Position position) { settle(position); }
    /// Gives up the oldest event, unless it is under way.
    bool skip_oldest();

    // --- looking ---
    bool is_empty() const noexcept { return slots_.empty(); }
    std::size_t size() const noexcept { return slots_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }
    /// Every event up to here is settled.
    std::uint64_t settled() const noexcept { return slots_.empty() ? read_ : slots_.front().event.sequence - 1; }
    const event::Event* oldest() const noexcept { return slots_.empty() ? nullptr : &slots_.front().event; }
    /// The oldest event is refused, its attempts are used up, and there is none behind it to compare it with.
    bool wants_probe() const noexcept { return wants_probe_; }

    /// The events that must not overtake each other: all of them, or those about one flag.
    struct Line {
        std::uint64_t key = 0;
        std::deque<Position> waiting;
        enum class State : std::uint8_t { idle, ready, busy, blocked } state = State::idle; // busy: some are under way
        std::size_t suspects = 0; // at the front: used up, waiting for what becomes of the probe behind them
        std::optional<SteadyTime> not_before;
    };

private:
    Line& line_of(const event::Event& event);
    void make_ready(Line& line);
    void release(Line& line);
    void unblock(SteadyTime now);
    bool is_due(SteadyTime now, bool flush) const noexcept;
    SteadyTime delay_ends() const noexcept;
    void put_under_way(Position position, Batch& batch);
    void put_back(Line& line, std::size_t at, Position position);
    bool fail(Slot& slot, const sink::Outcome& outcome);
    void succeed(std::size_t events);
    void doubt_destination(const Batch& batch, std::size_t failed_together, const sink::Outcome& outcome,
                           SteadyTime now, double chance);
    void look_for_probe(Line& line);
    void conclude_probe(Batch& batch, const sink::Outcomes& outcomes, Conclusion& conclusion, SteadyTime now,
                        double chance);
    void settle(Position position);

    Shape shape_;
    RetryPlan plan_;
    std::list<Slot> slots_; // in the order of their sequences
    std::list<Slot> spare_;
    std::size_t bytes_ = 0;
    std::uint64_t read_ = 0;

    std::unordered_map<std::uint64_t, Line> lines_;
    std::deque<Line*> ready_;
    std::multimap<SteadyTime, Line*> blocked_;
    std::size_t ready_events_ = 0; // waiting in lines that are ready

    std::size_t batch_limit_; // below batch_events after batches that failed as a whole
    std::uint64_t successes_ = 0;
    std::uint32_t failures_in_a_row_ = 0; // of the destination as a whole, as far as one can tell
    std::vector<std::uint64_t> failing_;  // lines that failed since the last success, a few of them
    std::size_t under_way_ = 0;           // batches
    std::optional<SteadyTime> gate_;      // while nothing gets through: one batch at a time, not before this
    bool wants_probe_ = false;
};

} // namespace webhookd::delivery
