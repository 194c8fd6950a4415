#include "delivery/place_keeper.hpp"

#include <algorithm>

namespace webhookd::delivery {

PlaceKeeper::PlaceKeeper(journal::Ledger& ledger, std::function<void(std::uint64_t)> saved)
    : ledger_(ledger), saved_(std::move(saved)), thread_([this] { run(); }) {}

PlaceKeeper::~PlaceKeeper() {
    {
        const std::lock_guard lock(stop_mutex_);
        stopping_ = true;
    }
    stop_changed_.notify_all();
    moved();
    thread_.join();
    save();
}

void PlaceKeeper::add(std::shared_ptr<Place> place) {
    const std::lock_guard lock(mutex_);
    places_.push_back(std::move(place));
}

void PlaceKeeper::remove(const std::shared_ptr<Place>& place) {
    const std::lock_guard lock(mutex_);
    std::erase(places_, place);
}

void PlaceKeeper::moved() noexcept {
    if (dirty_.load(std::memory_order_relaxed) || dirty_.exchange(true)) return;
    dirty_.notify_one();
}

void PlaceKeeper::run() {
    for (;;) {
        dirty_.wait(false);
        {
            std::unique_lock lock(stop_mutex_);
            if (stop_changed_.wait_for(lock, save_after, [this] { return stopping_; })) return;
        }
        dirty_.store(false);
        save();
    }
}

void PlaceKeeper::save() {
    const std::lock_guard one_at_a_time(saving_);
    struct Step {
        std::shared_ptr<Place> place;
        std::uint64_t settled;
    };
    std::vector<Step> steps;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& place : places_) steps.push_back({place, place->settled.load(std::memory_order_acquire)});
    }
    std::vector<journal::Settled> changed;
    for (const auto& step : steps)
        if (step.settled != step.place->saved.load(std::memory_order_relaxed))
            changed.push_back({step.place->lane, step.settled});
    if (!changed.empty()) {
        if (const auto settled = ledger_.settle(changed); !settled) {
            // Nothing is lost by it: what was delivered since the last save is delivered again after a crash.
            if (const auto unsaid = failure_line_.pass(std::chrono::steady_clock::now()))
                spdlog::warn("the places of the sinks could not be saved: {} ({} times more since this was last said)",
                             settled.error().message, *unsaid);
            return;
        }
    }
    std::uint64_t needed = UINT64_MAX;
    for (const auto& step : steps) {
        step.place->saved.store(step.settled, std::memory_order_relaxed);
        needed = std::min(needed, step.settled + 1);
    }
    saved_(needed);
}

} // namespace webhookd::delivery
