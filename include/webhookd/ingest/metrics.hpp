#pragma once

#include "webhookd/event/decode.hpp"
#include "webhookd/telemetry/metrics.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace webhookd::ingest {

/// What came of a signed message.
enum class EventResult : std::uint8_t { accepted, duplicate, accepted_invalid, quarantined, rejected, not_stored };
inline constexpr std::array<std::string_view, 6> event_result_names{"accepted",    "duplicate", "accepted_invalid",
                                                                    "quarantined", "rejected",  "not_stored"};

/// What became of a body that no secret fitted, where such are kept.
enum class UnverifiedResult : std::uint8_t { kept, lost };
inline constexpr std::array<std::string_view, 2> unverified_result_names{"kept", "lost"};

/// The counters of one endpoint. They outlive a reload of the configuration; all members may be used from any thread.
class EndpointMetrics {
public:
    explicit EndpointMetrics(std::string endpoint) : endpoint_(std::move(endpoint)) {}

    void answered(unsigned status) noexcept;
    void dropped() noexcept { answered(0); } ///< closed without an answer
    void happened(event::Type type, EventResult result) noexcept {
        events_[static_cast<std::size_t>(type)][static_cast<std::size_t>(result)].add();
    }
    void unverified(UnverifiedResult result) noexcept { unverified_[static_cast<std::size_t>(result)].add(); }
    void accepted_at(Time time) noexcept {
        last_accepted_.store(time.time_since_epoch().count(), std::memory_order_relaxed);
    }

    void collect(telemetry::Exposition& out) const;

private:
    static constexpr std::array<unsigned, 14> statuses{0,   200, 204, 400, 401, 403, 404,
                                                       405, 408, 413, 415, 422, 431, 503};

    std::string endpoint_;
    std::array<telemetry::Counter, statuses.size()> answers_;
    std::array<std::array<telemetry::Counter, event_result_names.size()>, 8> events_;
    std::array<telemetry::Counter, unverified_result_names.size()> unverified_;
    std::atomic<std::int64_t> last_accepted_{0}; // µs since the epoch; 0: never
};

/// When each secret of an endpoint last fitted; on the path of an event, so one relaxed store.
class SecretUse {
public:
    explicit SecretUse(std::size_t secrets) : last_(secrets) {}
    void used(std::size_t secret, Time time) noexcept {
        last_[secret].store(time.time_since_epoch().count(), std::memory_order_relaxed);
    }
    std::int64_t last(std::size_t secret) const noexcept { return last_[secret].load(std::memory_order_relaxed); }

private:
    std::vector<std::atomic<std::int64_t>> last_;
};

/// All counters of the way in.
class Metrics {
public:
    /// The counters of the endpoint of that name, made on first use.
    std::shared_ptr<EndpointMetrics> endpoint(const std::string& name);
    EndpointMetrics& elsewhere() noexcept { return elsewhere_; } ///< requests for no endpoint

    telemetry::DurationHistogram request_duration;

    void collect(telemetry::Exposition& out) const;

private:
    mutable std::mutex mutex_; // guards the map; held at start, reload and scrape only
    std::map<std::string, std::shared_ptr<EndpointMetrics>> endpoints_;
    EndpointMetrics elsewhere_{""};
};

} // namespace webhookd::ingest
