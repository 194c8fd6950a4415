#pragma once

#include "webhookd/base/time.hpp"
#include "webhookd/runtime/task.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// Bytes to requests and answers to bytes: knows nothing of webhooks.
namespace webhookd::http {

/// What is known when the header is complete. Views live as long as the request.
struct RequestHead {
    std::string_view method;
    std::string_view path;         // the target without its query
    std::string_view query;        // behind the '?', "" where there is none
    std::string_view content_type; // "" where there is none
    std::string_view signature;    // value of the one header the listener was told to pick out, "" where there is none
    unsigned signature_count = 0;  // how often that header came
    std::optional<std::uint64_t> content_length; // none: chunked
    asio::ip::address
        client; // resolved: behind PROXY protocol and trusted proxies the real one; unspecified for unix sockets

    /// Any other header: the first of that name, "" where there is none; case does not matter. Searches; not for the
    /// hot path.
    std::string_view header(std::string_view name) const { return find ? find(source, name) : std::string_view{}; }
    std::string_view (*find)(const void* source, std::string_view name) = nullptr; // set by the listener
    const void* source = nullptr;
};

/// What to send back. Bodies are short; an answer never holds anything an unauthenticated sender wrote.
struct Answer {
    unsigned status = 200;
    std::string body; // with its content type; empty for none
    std::string_view content_type = "application/json";
    std::string headers; // further complete header lines ("Allow: POST\r\n"), "" for none
    bool close = false;  // close the connection afterwards
    bool drop = false;   // close without any answer: the sender shall try again
};

/// Told what to do with a request whose header is complete.
struct HeadDecision {
    std::optional<Answer> answer; // answer at once, without reading the body
    std::uint64_t max_body = 0;   // else read the body up to this; beyond it 413
};

/// Whoever answers requests. One instance serves all connections of all threads.
class Handler {
public:
    virtual ~Handler() = default;
    /// On the connection's thread; must not block. `state` is kept with the request and handed to `handle`:
    /// a request keeps the configuration it began with.
    virtual HeadDecision on_head(const RequestHead& head, std::shared_ptr<const void>& state) = 0;
    /// The whole request; `body` is followed by at least 64 readable bytes and lives until the task completes.
    virtual Task<Answer> handle(const RequestHead& head, std::string_view body, std::shared_ptr<const void> state) = 0;
};

} // namespace webhookd::http
