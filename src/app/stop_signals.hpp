#pragma once

namespace webhookd::app {

/// From now on SIGTERM and SIGINT end the process at once: somebody asked for the second time.
void next_signal_ends_at_once();

} // namespace webhookd::app
