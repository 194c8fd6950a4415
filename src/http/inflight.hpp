#pragma once

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace webhookd::http {

class Intake;

/// A body that is being received, or was and is being handled, as far as the budget needs to know it.
struct InflightBody : boost::intrusive::list_base_hook<> {
    Intake* intake = nullptr;                      // whose thread reads it
    std::chrono::steady_clock::time_point started; // of reading
    std::atomic<std::uint64_t> received{0};        // bytes so far
    std::atomic<bool> is_complete{false};          // being handled: not to be closed any more
    std::atomic<bool> is_given_up{false};          // the budget wants it closed; its thread looks and does it
    std::uint64_t charged = 0;                     // its thread's
};

/// Bounds the memory of all bodies of all connections that are larger than what every connection has anyway.
/// Safe from any thread; touched once for each growth of a large body, never for small ones.
class InflightBudget {
public:
    explicit InflightBudget(std::uint64_t most) noexcept : most_(most) {}
    /// From the next charge on.
    void set_most(std::uint64_t most);

    void enter(InflightBody& body);
    /// Gives back what was charged.
    void leave(InflightBody& body);
    /// Takes `bytes` more for `body`. Where that is beyond the budget unfinished bodies are given up until it fits
    /// again, and their intakes are told to look: the slowest one first, of those that had some time. Where none had,
    /// the oldest one: of one that has just begun nobody can say how fast it is. It may be `body` itself.
    void charge(InflightBody& body, std::uint64_t bytes);

private:
    InflightBody* next_to_give_up() noexcept;

    std::mutex mutex_;
    std::uint64_t most_;
    std::uint64_t used_ = 0;
    boost::intrusive::list<InflightBody> bodies_;
};

} // namespace webhookd::http
