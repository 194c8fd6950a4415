#pragma once

#include "webhookd/journal/ledger.hpp"
#include "webhookd/telemetry/log.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace webhookd::delivery {

/// How far one lane has come. Moved by the lane's thread, saved by the keeper's.
struct Place {
    Place(std::string name, std::uint64_t sequence) : lane(std::move(name)), settled(sequence), saved(sequence) {}
    const std::string lane;
    std::atomic<std::uint64_t> settled;
    std::atomic<std::uint64_t> saved; // on stable storage
};

/// Saves the places of all lanes together, in one transaction, soon after any of them moved: the disk is synced a few
/// times a second, however many events pass. After a crash each lane repeats at most what it delivered since.
class PlaceKeeper {
public:
    static constexpr auto save_after = std::chrono::milliseconds(200);

    /// `saved` is called after each save with the smallest sequence that a lane still needs.
    PlaceKeeper(journal::Ledger& ledger, std::function<void(std::uint64_t needed)> saved);
    ~PlaceKeeper();

    void add(std::shared_ptr<Place> place);
    void remove(const std::shared_ptr<Place>& place);
    /// A place moved. From any thread, quick.
    void moved() noexcept;
    /// Saves now, on the calling thread.
    void save();

private:
    void run();

    journal::Ledger& ledger_;
    std::function<void(std::uint64_t)> saved_;
    std::mutex mutex_; // guards places_
    std::vector<std::shared_ptr<Place>> places_;
    std::mutex saving_; // one save at a time
    telemetry::RateLimit failure_line_{std::chrono::minutes(1)};
    std::atomic<bool> dirty_{false};
    std::mutex stop_mutex_;
    std::condition_variable stop_changed_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace webhookd::delivery
