#include "http/intake.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <csignal>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

namespace webhookd::http {
namespace {

/// Often enough for the shortest timeout, and never so often that it costs anything.
Duration sweep_interval(const Limits& limits) {
    const auto shortest =
        std::min({limits.handshake_timeout, limits.header_timeout, limits.body_timeout, limits.idle_timeout});
    return std::clamp(shortest / 8, Duration(10), Duration(500));
}

} // namespace

Intake::Intake(Shared& shared, unsigned index)
    : shared_(shared), name_(shared.settings.name + "-" + std::to_string(index)), work_(context_.get_executor()),
      tasks_(context_.get_executor(), "a connection"), sweep_timer_(context_),
      limits_(std::make_shared<const Limits>(shared.settings.limits)) {}

Intake::~Intake() {
    stop();
    join();
}

void Intake::start() {
    // Signals are for the main thread; a thread begins with the mask of the one that makes it.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread(&Intake::run, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Intake::run() {
    pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
    for (;;) {
        try {
            context_.run();
            return;
        } catch (const std::exception& error) { // what is left to fail is memory, on starting a connection
            spdlog::error("{}: {}", name_, error.what());
        }
    }
}

void Intake::join() {
    if (thread_.joinable()) thread_.join();
}

void Intake::adopt(Accepted accepted) {
    asio::dispatch(context_,
                   [this, accepted = std::move(accepted)]() mutable { tasks_.spawn(serve(std::move(accepted))); });
}

Task<> Intake::serve(Accepted accepted) {
    Socket socket(context_);
    const asio::generic::stream_protocol protocol(accepted.is_unix        ? AF_UNIX
                                                  : accepted.peer.is_v6() ? AF_INET6
                                                                          : AF_INET,
                                                  0);
    socket.assign(protocol, accepted.fd.get());
    accepted.fd.release();
    SslPointer ssl;
    if (tls_) ssl = tls_->make_ssl();
    Connection connection(*this, std::move(socket), std::move(ssl), accepted);
    co_await connection.run();
}

void Intake::enroll(Connection& connection) {
    connections_.push_back(connection);
    if (is_sweeping_) return;
    is_sweeping_ = true;
    tasks_.spawn(sweep());
}

void Intake::dismiss(Connection& connection) {
    becomes_busy(connection);
    connections_.erase(connections_.iterator_to(connection));
    if (connections_.empty()) sweep_timer_.cancel();
}

void Intake::becomes_idle(Connection& connection) {
    if (connection.IdleHook::is_linked()) idle_.erase(idle_.iterator_to(connection));
    idle_.push_back(connection);
    publish_idle();
}

void Intake::becomes_busy(Connection& connection) {
    if (!connection.IdleHook::is_linked()) return;
    idle_.erase(idle_.iterator_to(connection));
    publish_idle();
}

void Intake::publish_idle() noexcept {
    idle_since_.store(idle_.empty() ? SteadyTime::max() : idle_.front().since(), std::memory_order_relaxed);
}

Task<> Intake::sweep() {
    while (!connections_.empty()) {
        sweep_timer_.expires_after(sweep_interval(*limits_));
        co_await sweep_timer_.async_wait(use_result);
        sweep_once();
    }
    is_sweeping_ = false;
}

void Intake::sweep_once() {
    const auto now = coarse_now();
    for (auto& connection : connections_) connection.look_after(now);
}

void Intake::look_after_connections() {
    asio::post(context_, [this] { sweep_once(); });
}

void Intake::close_longest_idle() {
    asio::dispatch(context_, [this] {
        if (idle_.empty()) return;
        auto& connection = idle_.front();
        becomes_busy(connection);
        connection.end(Connection::End::made_room);
    });
}

std::future<void> Intake::use(std::shared_ptr<const TlsContext> tls, std::shared_ptr<const Limits> limits) {
    std::promise<void> promise;
    auto used = promise.get_future();
    asio::post(context_,
               [this, tls = std::move(tls), limits = std::move(limits), promise = std::move(promise)]() mutable {
                   tls_ = std::move(tls);
                   limits_ = std::move(limits);
                   promise.set_value();
               });
    return used;
}

void Intake::drain() {
    asio::post(context_, [this] {
        const auto now = coarse_now();
        for (auto& connection : connections_) connection.drain(now);
    });
}

void Intake::stop() {
    asio::post(context_, [this] {
        tasks_.request_stop(runtime::Stop::firmly);
        work_.reset();
    });
}

} // namespace webhookd::http
