#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Metrics: areas count in plain atomics on their own paths; a scrape gathers them into an Exposition.
/// Every metric is described once, in metric_table; its name is an interface and frozen by a test.
namespace webhookd::telemetry {

/// A number that only rises. Relaxed: a scrape needs no order between counters.
class Counter {
public:
    void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// Durations in fixed buckets from 100 µs to 10 s.
class DurationHistogram {
public:
    static constexpr std::array<double, 16> bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                   0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};
    void observe(std::chrono::nanoseconds duration) noexcept;

    struct Snapshot {
        std::array<std::uint64_t, bounds.size() + 1> counts{}; // not cumulative; the last is beyond every bound
        double sum_seconds = 0;
    };
    Snapshot snapshot() const noexcept;

private:
    std::array<std::atomic<std::uint64_t>, bounds.size() + 1> counts_{};
    std::atomic<std::uint64_t> sum_nanoseconds_{0};
};

enum class MetricType : std::uint8_t { counter, gauge, histogram };

enum class Metric : std::uint8_t {
    requests,
    events,
    refusals,
    last_accepted,
    request_duration,
    commit_duration,
    secret_last_used,
    store_events,
    store_bytes,
    store_writable,
    quarantined,
    unverified,
    sink_delivered,
    sink_failures,
    sink_backlog,
    sink_oldest_undelivered_age,
    sink_dead_letters,
    sink_skipped,
    sink_paused,
    connections,
    connections_accepted,
    handshakes,
    certificate_expiry,
    build_info,
};

struct MetricInfo {
    Metric metric;
    std::string_view name; // without the common prefix
    MetricType type;
    std::string_view labels; // comma list; values come from the configuration or from fixed words, never from a body
    std::string_view help;
};

inline constexpr std::string_view metric_prefix = "flagsmith_webhookd_";

inline constexpr std::array metric_table{
    MetricInfo{Metric::requests, "requests_total", MetricType::counter, "endpoint,status", "Requests answered"},
    MetricInfo{Metric::events, "events_total", MetricType::counter, "endpoint,type,result",
               "Signed messages by what came of them"},
    MetricInfo{Metric::refusals, "refusals_total", MetricType::counter, "reason",
               "Requests and connections refused before they were understood"},
    MetricInfo{Metric::last_accepted, "last_accepted_timestamp_seconds", MetricType::gauge, "endpoint",
               "When the endpoint last accepted an event"},
    MetricInfo{Metric::request_duration, "request_duration_seconds", MetricType::histogram, "",
               "From the complete request to its answer"},
    MetricInfo{Metric::commit_duration, "commit_duration_seconds", MetricType::histogram, "",
               "Writing and syncing one group of events"},
    MetricInfo{Metric::secret_last_used, "secret_last_used_timestamp_seconds", MetricType::gauge, "endpoint,secret",
               "When the secret last fitted a signature"},
    MetricInfo{Metric::store_events, "store_events", MetricType::gauge, "family", "Events in the store"},
    MetricInfo{Metric::store_bytes, "store_bytes", MetricType::gauge, "family", "Bytes the store occupies"},
    MetricInfo{Metric::store_writable, "store_writable", MetricType::gauge, "", "1 while events can be stored"},
    MetricInfo{Metric::quarantined, "quarantined", MetricType::gauge, "", "Messages in quarantine"},
    MetricInfo{Metric::unverified, "unverified_total", MetricType::counter, "endpoint,result",
               "Bodies that no secret fitted, where keep_unverified is set"},
    MetricInfo{Metric::sink_delivered, "sink_delivered_total", MetricType::counter, "sink", "Events delivered"},
    MetricInfo{Metric::sink_failures, "sink_failures_total", MetricType::counter, "sink",
               "Deliveries that failed and will be or were tried again"},
    MetricInfo{Metric::sink_backlog, "sink_backlog_events", MetricType::gauge, "sink", "Events waiting for the sink"},
    MetricInfo{Metric::sink_oldest_undelivered_age, "sink_oldest_undelivered_age_seconds", MetricType::gauge, "sink",
               "Age of the oldest event the sink does not have yet"},
    MetricInfo{Metric::sink_dead_letters, "sink_dead_letters", MetricType::gauge, "sink", "Events the sink gave up on"},
    MetricInfo{Metric::sink_skipped, "sink_skipped_total", MetricType::counter, "sink",
               "Events given up because the backlog was full"},
    MetricInfo{Metric::sink_paused, "sink_paused", MetricType::gauge, "sink", "1 while the sink is paused"},
    MetricInfo{Metric::connections, "connections", MetricType::gauge, "", "Open connections"},
    MetricInfo{Metric::connections_accepted, "connections_accepted_total", MetricType::counter, "",
               "Connections accepted"},
    MetricInfo{Metric::handshakes, "tls_handshakes_total", MetricType::counter, "result", "TLS handshakes"},
    MetricInfo{Metric::certificate_expiry, "certificate_expiry_timestamp_seconds", MetricType::gauge, "",
               "When the certificate expires"},
    MetricInfo{Metric::build_info, "build_info", MetricType::gauge, "version", "Always 1"},
};

constexpr const MetricInfo& info(Metric metric) {
    return metric_table[static_cast<std::size_t>(metric)];
}

/// One scrape: gathers values and writes the Prometheus text format (version 0.0.4).
class Exposition {
public:
    using Labels = std::initializer_list<std::string_view>; // values, in the order of MetricInfo::labels

    void add(Metric metric, Labels labels, double value);
    void add(Metric metric, Labels labels, const DurationHistogram::Snapshot& histogram);
    std::string text() const;

private:
    struct Sample {
        std::vector<std::string> labels;
        double value = 0;
        DurationHistogram::Snapshot histogram;
    };
    std::array<std::vector<Sample>, metric_table.size()> samples_;
};

} // namespace webhookd::telemetry
