#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/base/secret.hpp"
#include "webhookd/runtime/task.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Posts bodies exactly as Flagsmith does: header layout of Python's requests, header and body in two writes, a new
/// connection for each event unless told otherwise, ten seconds to connect and between two reads.
namespace webhookd::cli::send {

struct Target {
    std::string host, port;
    std::string path;          // with its query
    std::string host_header;   // as it stands in the URL
    std::string authorization; // "Basic …" where the URL holds user-info
    bool tls = false;
};
/// Reads an http or https URL.
Result<Target> parse_target(std::string_view url);

struct ClientOptions {
    Target target;
    std::optional<Secret> secret; // none: no signature, as with a webhook without a secret
    std::string ca;               // PEM file; "": what the system trusts
    bool insecure = false;        // any certificate will do
    bool keep_alive = false;      // one connection for many events
};

struct Answer {
    unsigned status = 0;
    std::string body;
};

/// One sender. Not safe from two tasks at once.
class Client {
public:
    /// Throws std::runtime_error where the authorities cannot be read. `options` must outlive this.
    Client(Executor executor, const ClientOptions& options);
    ~Client();
    Client(Client&&) noexcept;

    /// Posts one body, connecting first where there is no connection. An error is one of the connection.
    Task<Result<Answer>> post(std::string_view body);

private:
    struct Connection;
    Executor executor_;
    const ClientOptions& options_;
    asio::ssl::context tls_;
    std::unique_ptr<Connection> connection_;

    Task<Result<>> connect();
    std::string header(std::string_view body) const;
};

} // namespace webhookd::cli::send
