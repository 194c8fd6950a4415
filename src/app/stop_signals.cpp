#include "app/stop_signals.hpp"

#include <csignal>
#include <unistd.h>

namespace webhookd::app {

void next_signal_ends_at_once() {
    // A handler of our own, not the default: as process 1 of a container the default would ignore the signal.
    struct sigaction action {};
    action.sa_handler = [](int) { ::_exit(1); };
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
}

} // namespace webhookd::app
