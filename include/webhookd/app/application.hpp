#pragma once

#include "webhookd/config/load.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace webhookd::app {

/// The daemon: builds every part from the configuration and owns the order of their life; the only place that knows all
/// of them.
///
/// Started in this order and stopped in reverse, so that the door closes first and the store last:
/// journal, delivery, control socket and admin address, listener.
class Application {
public:
    /// Reads the configuration again, for a reload.
    using Load = std::function<Result<config::Loaded, std::vector<config::Problem>>()>;

    /// Builds and starts everything. Throws std::runtime_error with a sentence for the operator where that fails.
    Application(config::Loaded loaded, Load load);
    ~Application();

    /// Serves until a signal ends it: SIGTERM and SIGINT drain, a second one ends at once, SIGHUP reloads. Returns the
    /// exit status.
    int run();

    /// The port the listener is bound to; 0 for unix sockets.
    std::uint16_t port() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace webhookd::app
