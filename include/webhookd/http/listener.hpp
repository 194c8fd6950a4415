#pragma once

#include "webhookd/base/cidr.hpp"
#include "webhookd/base/time.hpp"
#include "webhookd/base/units.hpp"
#include "webhookd/config/settings.hpp"
#include "webhookd/http/counters.hpp"
#include "webhookd/http/message.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace webhookd::http {

/// What a listener bounds and whom it believes. docs/configuration.md says what each of them means.
struct Limits {
    bool proxy_protocol = false; // connections of trusted proxies begin with a PROXY header, v1 or v2
    /// Whose X-Forwarded-For is believed. Where there are any, who connects to a unix socket is one of them.
    CidrList trusted_proxies;

    std::uint32_t max_connections = 10'000;
    ByteSize max_header;
    ByteSize max_inflight;
    ByteSize min_rate;
    Duration handshake_timeout{0};
    Duration header_timeout{0};
    Duration body_timeout{0}; // also for sending an answer
    Duration idle_timeout{0};
};

/// Everything a listener can be told.
struct Settings {
    struct Tls {
        std::filesystem::path certificate; // PEM: the certificate, then its chain
        std::filesystem::path key;         // PEM, not encrypted
        std::string min_version = "1.2";
        std::filesystem::path client_ca; // not empty: clients must show a certificate of these authorities
    };

    std::string name = "intake";      // of its threads, and in the log
    std::string address;              // "host:port" ("[::]:0", ":8443", "localhost:80"), "unix:/run/x.sock", "systemd"
    std::uint32_t socket_mode = 0660; // of a unix socket
    std::optional<Tls> tls;           // none: plain HTTP
    std::uint32_t threads = 1;        // 0: one per core
    std::string picked_header;        // handed over as RequestHead::signature; "" for none
    Limits limits;

    /// The limits and the address of [listen]. Throws std::runtime_error for a range in trusted_proxies that is none.
    static Settings from(const config::Listen& listen);
};

/// Reads certificate, key and authorities as a listener would. Throws std::runtime_error like its constructor.
void check_tls(const Settings::Tls& settings);

/// Takes connections and hands their requests to a handler. Connections are dealt out in turn to `threads` threads with
/// an io_context each; a connection stays on its thread, and so do the handler's tasks for it.
///
/// All members are for the owner's thread, except that counters() and certificate_expiry() may be called from any.
class Listener {
public:
    /// Binds and loads the certificate. Throws std::runtime_error with a sentence for the operator: address in use, no
    /// permission, certificate and key that do not belong together, …  `handler` must outlive the listener.
    Listener(Settings settings, Handler& handler);
    /// Stops firmly, if that was not done.
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Begins to accept.
    void start();

    /// From now on every answer says Connection: close. Still accepts: a balancer needs time to look elsewhere.
    void announce_end() noexcept;
    /// Closes the door: accepts what is already waiting in the queue, then no more; closes idle connections, finishes
    /// requests in flight. Waits up to `patience` and says whether all are done.
    bool drain(Duration patience);
    /// Ends every connection at once and joins the threads. A handler's task that cannot be cancelled is waited for.
    void stop();

    /// The bound TCP port; 0 for unix sockets.
    std::uint16_t port() const noexcept;

    /// Takes over the TLS and the limits of `settings`, and reads the files of TLS again, changed or not. Connections
    /// made later use them, and requests that begin later keep to them. All else of `settings` is of no effect. Throws
    /// like the constructor, and then nothing changes.
    void apply(const Settings& settings);
    /// When the certificate that is in use expires; nothing on plain HTTP.
    std::optional<Time> certificate_expiry() const noexcept;

    const Counters& counters() const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace webhookd::http
