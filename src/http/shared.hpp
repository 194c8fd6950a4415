#pragma once

#include "http/inflight.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/http/listener.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace webhookd::http {

/// What all threads of a listener share.
struct Shared {
    Shared(Settings with, Handler& to)
        : settings(std::move(with)), handler(to), max_connections(settings.limits.max_connections),
          inflight(settings.limits.max_inflight.bytes) {}

    const Settings settings; // as at the start; the limits that count now are the intakes'
    Handler& handler;
    std::atomic<std::uint32_t> max_connections;
    Counters counters;
    InflightBudget inflight;
    std::atomic<bool> announces_end{false}; // every answer says Connection: close
    std::atomic<bool> is_draining{false};   // the owner waits for `counters.open` to become 0

    // For the wait of the owner.
    std::mutex mutex;
    std::condition_variable emptied;
};

/// The place of one connection among max_connections, from accept to its end whatever happens in between.
class Place {
public:
    explicit Place(Shared& shared) noexcept : shared_(&shared) {
        shared.counters.open.fetch_add(1, std::memory_order_relaxed);
    }
    Place(Place&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
        if (!shared_) return;
        const auto left = shared_->counters.open.fetch_sub(1, std::memory_order_acq_rel) - 1;
        if (left > 0 || !shared_->is_draining.load(std::memory_order_acquire)) return;
        const std::lock_guard lock(shared_->mutex);
        shared_->emptied.notify_all();
    }

private:
    Shared* shared_;
};

/// A connection as accept gave it.
struct Accepted {
    FileDescriptor fd;
    asio::ip::address peer; // unspecified for unix sockets
    bool is_unix = false;
    Place place;
};

} // namespace webhookd::http
