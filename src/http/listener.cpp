#include "webhookd/http/listener.hpp"

#include "http/acceptor.hpp"
#include "http/intake.hpp"
#include "http/shared.hpp"
#include "http/tls.hpp"

#include <algorithm>
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
    settings.proxy_protocol = listen.proxy_protocol;
    settings.trusted_proxies = CidrList::parse(listen.trusted_proxies).value();
    settings.max_connections = listen.max_connections;
    settings.max_header = listen.max_header;
    settings.max_inflight = listen.max_inflight;
    settings.min_rate = listen.min_rate;
    settings.handshake_timeout = listen.handshake_timeout;
    settings.header_timeout = listen.header_timeout;
    settings.body_timeout = listen.body_timeout;
    settings.idle_timeout = listen.idle_timeout;
    return settings;
}

void check_tls(const Settings::Tls& settings) {
    TlsContext{settings};
}

struct Listener::Impl {
    Impl(Settings settings, Handler& handler)
        : shared(std::move(settings), handler), intakes(make_intakes(shared)),
          acceptor(shared, open_listening_sockets(shared.settings.address, shared.settings.socket_mode), intakes) {
        load_tls();
    }

    static std::vector<std::unique_ptr<Intake>> make_intakes(Shared& shared) {
        auto count = shared.settings.threads;
        if (count == 0) count = std::max(1u, std::thread::hardware_concurrency());
        std::vector<std::unique_ptr<Intake>> intakes;
        for (unsigned i = 0; i < count; ++i) intakes.push_back(std::make_unique<Intake>(shared, i));
        return intakes;
    }

    void load_tls() {
        if (!shared.settings.tls) return;
        std::vector<std::shared_ptr<const TlsContext>> contexts; // all are read before any is used
        for (std::size_t i = 0; i < intakes.size(); ++i)
            contexts.push_back(std::make_shared<const TlsContext>(*shared.settings.tls));
        expiry = contexts.front()->certificate_expiry();
        for (std::size_t i = 0; i < intakes.size(); ++i) intakes[i]->use_tls(std::move(contexts[i]));
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
    std::optional<Time> expiry;
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

void Listener::reload_tls() {
    impl_->load_tls();
}

std::optional<Time> Listener::certificate_expiry() const noexcept {
    return impl_->expiry;
}

const Counters& Listener::counters() const noexcept {
    return impl_->shared.counters;
}

} // namespace webhookd::http
