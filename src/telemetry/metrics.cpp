#include "webhookd/telemetry/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>

namespace webhookd::telemetry {
namespace {

prometheus::MetricType type_of(MetricType type) {
    switch (type) {
    case MetricType::counter:
        return prometheus::MetricType::Counter;
    case MetricType::gauge:
        return prometheus::MetricType::Gauge;
    case MetricType::histogram:
        return prometheus::MetricType::Histogram;
    }
    return prometheus::MetricType::Untyped;
}

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        parts.emplace_back(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return parts;
}

prometheus::ClientMetric::Histogram to_histogram(const DurationHistogram::Snapshot& snapshot) {
    prometheus::ClientMetric::Histogram histogram;
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < snapshot.counts.size(); ++i) {
        so_far += snapshot.counts[i];
        const double bound = i < DurationHistogram::bounds.size() ? DurationHistogram::bounds[i]
                                                                  : std::numeric_limits<double>::infinity();
        histogram.bucket.push_back({so_far, bound});
    }
    histogram.sample_count = so_far;
    histogram.sample_sum = snapshot.sum_seconds;
    return histogram;
}

} // namespace

void DurationHistogram::observe(std::chrono::nanoseconds duration) noexcept {
    const double seconds = std::chrono::duration<double>(duration).count();
    std::size_t bucket = 0;
    while (bucket < bounds.size() && seconds > bounds[bucket]) ++bucket;
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_nanoseconds_.fetch_add(static_cast<std::uint64_t>(duration.count()), std::memory_order_relaxed);
}

DurationHistogram::Snapshot DurationHistogram::snapshot() const noexcept {
    Snapshot snapshot;
    for (std::size_t i = 0; i < counts_.size(); ++i) snapshot.counts[i] = counts_[i].load(std::memory_order_relaxed);
    snapshot.sum_seconds = static_cast<double>(sum_nanoseconds_.load(std::memory_order_relaxed)) * 1e-9;
    return snapshot;
}

void Exposition::add(Metric metric, Labels labels, double value) {
    samples_[static_cast<std::size_t>(metric)].push_back({{labels.begin(), labels.end()}, value, {}});
}

void Exposition::add(Metric metric, Labels labels, const DurationHistogram::Snapshot& histogram) {
    samples_[static_cast<std::size_t>(metric)].push_back({{labels.begin(), labels.end()}, 0, histogram});
}

std::string Exposition::text() const {
    std::vector<prometheus::MetricFamily> families;
    for (std::size_t i = 0; i < metric_table.size(); ++i) {
        if (samples_[i].empty()) continue;
        const auto& row = metric_table[i];
        const auto names = split(row.labels);
        prometheus::MetricFamily family{
            std::string(metric_prefix).append(row.name), std::string(row.help), type_of(row.type), {}};
        for (const auto& sample : samples_[i]) {
            prometheus::ClientMetric metric;
            for (std::size_t l = 0; l < names.size() && l < sample.labels.size(); ++l)
                metric.label.push_back({names[l], sample.labels[l]});
            if (row.type == MetricType::counter)
                metric.counter.value = sample.value;
            else if (row.type == MetricType::gauge)
                metric.gauge.value = sample.value;
            else
                metric.histogram = to_histogram(sample.histogram);
            family.metric.push_back(std::move(metric));
        }
        families.push_back(std::move(family));
    }
    return prometheus::TextSerializer().Serialize(families);
}

} // namespace webhookd::telemetry
