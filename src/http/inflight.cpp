#include "http/inflight.hpp"

#include "http/intake.hpp"

#include <algorithm>

namespace webhookd::http {

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

    const auto now = coarse_now();
    const auto rate = [now](const InflightBody& of) {
        const std::chrono::duration<double> elapsed = now - of.started;
        return static_cast<double>(of.received.load(std::memory_order_relaxed)) / std::max(elapsed.count(), 0.001);
    };
    InflightBody* slowest = nullptr;
    for (auto& candidate : bodies_) {
        if (candidate.is_complete.load(std::memory_order_relaxed)) continue;
        if (candidate.is_given_up.load(std::memory_order_relaxed)) {
            if (used_ - candidate.charged <= most_) return; // on its way out, and that will do
            continue;
        }
        if (!slowest || rate(candidate) < rate(*slowest)) slowest = &candidate;
    }
    if (!slowest) return;
    slowest->is_given_up.store(true, std::memory_order_relaxed);
    slowest->intake->look_after_connections();
}

} // namespace webhookd::http
