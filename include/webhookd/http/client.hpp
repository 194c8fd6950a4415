#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/base/secret.hpp"
#include "webhookd/base/units.hpp"
#include "webhookd/runtime/task.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// HTTP/1.1 the other way round: requests of ours to somebody else's server.
namespace webhookd::http {

/// An http or https URL, taken apart.
struct Url {
    bool tls = false;
    std::string host; // without the brackets of an IPv6 address
    std::string port;
    std::string authority; // as it stands in Host
    std::string target;    // path and query, "/" at least
    Secret authorization;  // "Basic …" where the URL holds user-info; else empty
};
Result<Url> parse_url(std::string_view text);

struct ClientSettings {
    Url origin;               // where all requests go; its target means nothing here
    std::optional<Url> proxy; // plain HTTP is asked of it, HTTPS goes through it (CONNECT)
    std::filesystem::path ca; // PEM file of who may have signed the certificate; empty: whom the system trusts
    Duration timeout = std::chrono::seconds(10); // of one exchange as a whole, connecting included
    std::size_t most_answer = 8u << 20;          // more of a body is not read
};

struct ClientRequest {
    std::string_view method;
    std::string_view target;  // "/path?query", encoded
    std::string_view headers; // lines that end in CRLF; Host, Content-Length and Authorization are the client's
    std::string_view body;
};

struct ClientAnswer {
    unsigned status = 0;
    std::string body;
    std::optional<Duration> retry_after;
};

/// Sends requests to one server, over connections that are kept for the next. Certificates are verified, redirects are
/// not followed. For one thread; any number of exchanges may be under way.
class Client {
public:
    /// Throws std::runtime_error where the authorities cannot be read.
    Client(Executor executor, ClientSettings settings);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Sees to it that a connection waits for the next exchange, TLS included. Sends no request.
    Task<Result<>> connect();

    /// One request and its answer. What the views show must live until the task is done. An error, one sentence without
    /// secrets, means that there is no answer: not connected, timed out, cut off. A request that met a kept connection
    /// which the server had closed meanwhile is sent again on a new one.
    Task<Result<ClientAnswer>> exchange(ClientRequest request);

    /// Closes all connections that wait for the next request.
    void close() noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace webhookd::http
