#include "app/metrics.hpp"

#include "webhookd/http/listener.hpp"
#include "webhookd/journal/journal.hpp"
#include "webhookd/journal/ledger.hpp"
#include "webhookd/journal/store.hpp"

#include <array>

namespace webhookd::app {

using telemetry::Metric;

void collect(telemetry::Exposition& out, const http::Listener& intake) {
    const auto& counters = intake.counters();
    out.add(Metric::connections, {}, static_cast<double>(counters.open.load(std::memory_order_relaxed)));
    out.add(Metric::connections_accepted, {}, static_cast<double>(counters.accepted.value()));
    out.add(Metric::handshakes, {"ok"}, static_cast<double>(counters.handshakes.value()));
    out.add(Metric::handshakes, {"failed"},
            static_cast<double>(counters.of(http::Refusal::handshake).value() +
                                counters.of(http::Refusal::handshake_timeout).value()));
    for (std::size_t i = 0; i < http::refusal_names.size(); ++i)
        out.add(Metric::refusals, {http::refusal_names[i]}, static_cast<double>(counters.refusals[i].value()));
    if (const auto expiry = intake.certificate_expiry())
        out.add(Metric::certificate_expiry, {}, std::chrono::duration<double>(expiry->time_since_epoch()).count());
}

void collect(telemetry::Exposition& out, journal::Journal& journal) {
    out.add(Metric::store_writable, {}, journal.can_store() ? 1 : 0);
    if (const auto figures = journal.store().figures()) {
        constexpr std::array families{"changes", "evaluations"};
        for (std::size_t i = 0; i < families.size(); ++i) {
            out.add(Metric::store_events, {families[i]}, static_cast<double>(figures->families[i].events));
            out.add(Metric::store_bytes, {families[i]}, static_cast<double>(figures->families[i].bytes));
        }
    }
    if (const auto amount = journal.ledger().quarantine_amount())
        out.add(Metric::quarantined, {}, static_cast<double>(amount->count));
}

void collect_build_info(telemetry::Exposition& out) {
    out.add(Metric::build_info, {WEBHOOKD_VERSION}, 1);
}

} // namespace webhookd::app
