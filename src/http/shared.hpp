#pragma once

#include "http/inflight.hpp"
#include "webhookd/http/listener.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace webhookd::http {

/// What all threads of a listener share.
struct Shared {
    Shared(Settings with, Handler& to)
        : settings(std::move(with)), handler(to), inflight(settings.max_inflight.bytes) {}

    const Settings settings;
    Handler& handler;
    Counters counters;
    InflightBudget inflight;
    std::atomic<bool> announces_end{false}; // every answer says Connection: close
    std::atomic<bool> is_draining{false};   // the owner waits for `counters.open` to become 0

    // For the wait of the owner.
    std::mutex mutex;
    std::condition_variable emptied;
};

} // namespace webhookd::http
