#pragma once

#include "webhookd/telemetry/metrics.hpp"

namespace webhookd::http {
class Listener;
}
namespace webhookd::journal {
class Journal;
}

/// From what the parts know of themselves to the metrics of the contract (section 5). On the admin threads; may touch
/// the disk.
namespace webhookd::app {

void collect(telemetry::Exposition& out, const http::Listener& intake);
void collect(telemetry::Exposition& out, journal::Journal& journal);
void collect_build_info(telemetry::Exposition& out);

} // namespace webhookd::app
