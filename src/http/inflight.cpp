#include "http/inflight.hpp"

#include "http/intake.hpp"

#include <algorithm>
#include <vector>

namespace webhookd::http {
namespace {

/// From this age on a body shows how fast it comes; well above what one takes that is sent as fast as it goes.
constexpr std::chrono::seconds tells_its_rate{1};

} // namespace

void InflightBudget::set_most(std::uint64_t most) {
    const std::lock_guard lock(mutex_);
    most_ = most;
}

void InflightBudget::enter(InflightBody& body) {
    const std::lock_guard lock(mutex_);
    bodies_.push_back(body);
}

void InflightBudget::leave(InflightBody& body) {
    const std::lock_guard lock(mutex_);
    bodies_.erase(bodies_.iterator_to(body));
    used_ -= body.charged;
    body.charged = 0;
}

void InflightBudget::charge(InflightBody& body, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    used_ += bytes;
    body.charged += bytes;
    if (used_ <= most_) return;

    // What is on its way out already counts as gone.
    std::uint64_t leaving = 0;
    for (const auto& other : bodies_)
        if (other.is_given_up.load(std::memory_order_relaxed)) leaving += other.charged;
    std::vector<Intake*> to_tell;
    while (used_ - leaving > most_) {
        auto* const next = next_to_give_up();
        if (!next) break;
        next->is_given_up.store(true, std::memory_order_relaxed);
        leaving += next->charged;
        if (std::find(to_tell.begin(), to_tell.end(), next->intake) == to_tell.end()) to_tell.push_back(next->intake);
    }
    for (auto* const intake : to_tell) intake->look_after_connections();
}

InflightBody* InflightBudget::next_to_give_up() noexcept {
    const auto now = coarse_now();
    const auto age = [now](const InflightBody& of) { return std::chrono::duration<double>(now - of.started); };
    const auto rate = [&](const InflightBody& of) {
        return static_cast<double>(of.received.load(std::memory_order_relaxed)) / age(of).count();
    };
    InflightBody* slowest = nullptr;
    InflightBody* oldest = nullptr;
    for (auto& candidate : bodies_) {
        if (candidate.is_complete.load(std::memory_order_relaxed) ||
            candidate.is_given_up.load(std::memory_order_relaxed))
            continue;
        if (!oldest || candidate.started < oldest->started) oldest = &candidate;
        if (age(candidate) >= tells_its_rate && (!slowest || rate(candidate) < rate(*slowest))) slowest = &candidate;
    }
    return slowest ? slowest : oldest;
}

} // namespace webhookd::http
