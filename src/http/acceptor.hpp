#pragma once

#include "http/listening_socket.hpp"
#include "http/shared.hpp"
#include "webhookd/runtime/task_group.hpp"
#include "webhookd/telemetry/log.hpp"

#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <vector>

namespace webhookd::http {

class Intake;

/// Accepts on the listening sockets and deals the connections out in turn. Runs on the context of the first intake.
class Acceptor {
public:
    Acceptor(Shared& shared, std::vector<ListeningSocket> sockets, std::vector<std::unique_ptr<Intake>>& intakes);

    // From any thread, each once.
    void start();
    /// Takes what already waits in the queues, closes the sockets, and then fulfils the promise.
    void close(std::promise<void> closed);

    std::uint16_t port() const noexcept { return port_; }

private:
    Task<> accept(ListeningSocket& socket);
    Task<> finish(std::promise<void> closed);
    Task<> wait_for_room();
    bool is_full() const noexcept;
    /// Accepts one and hands it over: 0, or the error.
    int accept_one(const ListeningSocket& socket);
    void complain(int error);

    Shared& shared_;
    std::vector<ListeningSocket> sockets_;
    std::vector<std::unique_ptr<Intake>>& intakes_;
    std::uint16_t port_;
    asio::io_context& context_;
    runtime::TaskGroup tasks_;
    runtime::TaskGroup closing_; // waits for the other group
    std::size_t next_ = 0;       // intake
    telemetry::RateLimit complaints_{std::chrono::seconds(10)};
};

} // namespace webhookd::http
