#include "webhookd/ingest/metrics.hpp"

#include <algorithm>

namespace webhookd::ingest {

using telemetry::Metric;

void EndpointMetrics::answered(unsigned status) noexcept {
    const auto at = std::find(statuses.begin(), statuses.end(), status);
    if (at != statuses.end()) answers_[static_cast<std::size_t>(at - statuses.begin())].add();
}

void EndpointMetrics::collect(telemetry::Exposition& out) const {
    for (std::size_t i = 0; i < statuses.size(); ++i)
        if (const auto count = answers_[i].value(); count > 0)
            out.add(Metric::requests, {endpoint_, statuses[i] == 0 ? "dropped" : std::to_string(statuses[i])},
                    static_cast<double>(count));
    for (std::size_t type = 0; type < events_.size(); ++type)
        for (std::size_t result = 0; result < event_result_names.size(); ++result)
            if (const auto count = events_[type][result].value(); count > 0)
                out.add(Metric::events,
                        {endpoint_, event::type_name(static_cast<event::Type>(type)), event_result_names[result]},
                        static_cast<double>(count));
    for (std::size_t result = 0; result < unverified_.size(); ++result)
        if (const auto count = unverified_[result].value(); count > 0)
            out.add(Metric::unverified, {endpoint_, unverified_result_names[result]}, static_cast<double>(count));
    if (const auto last = last_accepted_.load(std::memory_order_relaxed); last != 0)
        out.add(Metric::last_accepted, {endpoint_}, static_cast<double>(last) * 1e-6);
}

std::shared_ptr<EndpointMetrics> Metrics::endpoint(const std::string& name) {
    const std::lock_guard lock(mutex_);
    auto& slot = endpoints_[name];
    if (!slot) slot = std::make_shared<EndpointMetrics>(name);
    return slot;
}

void Metrics::collect(telemetry::Exposition& out) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, metrics] : endpoints_) metrics->collect(out);
    elsewhere_.collect(out);
    out.add(Metric::request_duration, {}, request_duration.snapshot());
}

} // namespace webhookd::ingest
