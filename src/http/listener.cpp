#include "webhookd/http/listener.hpp"

#include "http/acceptor.hpp"
#include "http/intake.hpp"
#include "http/shared.hpp"
#include "http/tls.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace webhookd::http {

Settings Settings::from(const config::Listen& listen) {
    Settings settings;
    settings.address = listen.address;
    if (listen.tls.enabled)
        settings.tls = Tls{listen.tls.certificate, listen.tls.key, listen.tls.min_version, listen.tls.client_ca};
    settings.threads = listen.threads;
    settings.limits.proxy_protocol = listen.proxy_protocol;
    settings.limits.trusted_proxies = CidrList::parse(listen.trusted_proxies).value();
    settings.limits.max_connections = listen.max_connections;
    settings.limits.max_header = listen.max_header;
    settings.limits.max_inflight = listen.max_inflight;
    settings.limits.min_rate = listen.min_rate;
    settings.limits.handshake_timeout = listen.handshake_timeout;
    settings.limits.header_timeout = listen.header_timeout;
    settings.limits.body_timeout = listen.body_timeout;
    settings.limits.idle_timeout = listen.idle_timeout;
    return settings;
}

void check_tls(const Settings::Tls& settings) {
    TlsContext{settings};
}

struct Listener::Impl {
    Impl(Settings settings, Handler& handler)
        : shared(std::move(settings), handler), intakes(make_intakes(shared)),
          acceptor(shared, open_listening_sockets(shared.settings.address, shared.settings.socket_mode), intakes) {
        apply(shared.settings);
    }

    static std::vector<std::unique_ptr<Intake>> make_intakes(Shared& shared) {
        auto count = shared.settings.threads;
        if (count == 0) count = std::max(1u, std::thread::hardware_concurrency());
        std::vector<std::unique_ptr<Intake>> intakes;
        for (unsigned i = 0; i < count; ++i) intakes.push_back(std::make_unique<Intake>(shared, i));
        return intakes;
    }

    void apply(const Settings& settings) {
        std::vector<std::shared_ptr<const TlsContext>> contexts(intakes.size());
        if (settings.tls) // all are read before any is used
            for (auto& context : contexts) context = std::make_shared<const TlsContext>(*settings.tls);
        const auto expires = settings.tls ? contexts.front()->certificate_expiry() : Time{};
        expiry.store(expires, std::memory_order_relaxed);
        const auto limits = std::make_shared<const Limits>(settings.limits);
        shared.max_connections.store(limits->max_connections, std::memory_order_relaxed);
        shared.inflight.set_most(limits->max_inflight.bytes);
        std::vector<std::future<void>> used;
        for (std::size_t i = 0; i < intakes.size(); ++i)
            used.push_back(intakes[i]->use(std::move(contexts[i]), limits));
        if (!is_started) return;
        // Whoever connects after the reload meets the new settings: an intake thread may be in the middle of accepting.
        constexpr std::chrono::seconds patience{1};
        for (auto& one : used) one.wait_for(patience);
    }

    void close_door() {
        if (is_door_closed) return;
        is_door_closed = true;
        if (!is_started) return;
        std::promise<void> promise;
        auto closed = promise.get_future();
        acceptor.close(std::move(promise));
        closed.wait();
    }

    Shared shared;
    std::vector<std::unique_ptr<Intake>> intakes;
    Acceptor acceptor;
    std::atomic<Time> expiry{Time{}}; // the epoch on plain HTTP
    bool is_started = false;
    bool is_door_closed = false;
};

Listener::Listener(Settings settings, Handler& handler) : impl_(std::make_unique<Impl>(std::move(settings), handler)) {}

Listener::~Listener() {
    stop();
}

void Listener::start() {
    impl_->is_started = true;
    impl_->acceptor.start();
    for (auto& intake : impl_->intakes) intake->start();
}

void Listener::announce_end() noexcept {
    impl_->shared.announces_end.store(true, std::memory_order_relaxed);
}

bool Listener::drain(Duration patience) {
    auto& shared = impl_->shared;
    announce_end();
    shared.is_draining.store(true, std::memory_order_release);
    impl_->close_door();
    for (auto& intake : impl_->intakes) intake->drain();
    std::unique_lock lock(shared.mutex);
    return shared.emptied.wait_for(lock, patience,
                                   [&] { return shared.counters.open.load(std::memory_order_acquire) == 0; });
}

void Listener::stop() {
    if (!impl_->is_started) return;
    impl_->close_door();
    for (auto& intake : impl_->intakes) intake->stop();
    for (auto& intake : impl_->intakes) intake->join();
}

std::uint16_t Listener::port() const noexcept {
    return impl_->acceptor.port();
}

void Listener::apply(const Settings& settings) {
    impl_->apply(settings);
}

std::optional<Time> Listener::certificate_expiry() const noexcept {
    const auto expires = impl_->expiry.load(std::memory_order_relaxed);
    return expires == Time{} ? std::nullopt : std::optional(expires);
}

const Counters& Listener::counters() const noexcept {
    return impl_->shared.counters;
}

} // namespace webhookd::http
