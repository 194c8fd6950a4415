#pragma once

#include "webhookd/telemetry/metrics.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace webhookd::http {

/// Why a request or a connection was refused by the listener itself, before any handler had a say.
enum class Refusal : std::uint8_t {
    malformed,         // not HTTP, or not framed in the one way that everybody reads alike: 400
    bad_host,          // HTTP/1.1 without exactly one well-formed Host: 400
    header_too_large,  // beyond max_header, or too many fields: 431
    target_too_long,   // a request line beyond max_header: 414
    body_too_large,    // beyond the handler's max_body: 413
    version,           // neither HTTP/1.0 nor HTTP/1.1: 505
    content_coding,    // a compressed body: 415
    expectation,       // an Expect other than 100-continue: 417
    header_timeout,    // 408
    body_timeout,      // 408
    too_slow,          // below min_rate: 408
    inflight,          // the slowest body when max_inflight was reached: closed
    plain_on_tls,      // plain HTTP sent to a TLS port: 400
    handshake,         // TLS handshake failed: closed
    handshake_timeout, // closed
    proxy_header,      // no PROXY header, or a bad one, from a trusted proxy: closed
    made_room,         // the longest idle connection when max_connections was reached: closed
};

inline constexpr std::array<std::string_view, 17> refusal_names{
    "malformed",      "bad_host",    "header_too_large",  "target_too_long", "body_too_large", "version",
    "content_coding", "expectation", "header_timeout",    "body_timeout",    "too_slow",       "inflight",
    "plain_on_tls",   "handshake",   "handshake_timeout", "proxy_header",    "made_room",
};

/// What a listener counts; all members may be read from any thread.
struct Counters {
    std::atomic<std::int64_t> open{0}; // connections now
    telemetry::Counter accepted;       // connections
    telemetry::Counter accept_errors;  // mostly: no file descriptors left
    telemetry::Counter handshakes;     // that succeeded
    telemetry::Counter requests;       // handed to the handler or answered at their head
    std::array<telemetry::Counter, refusal_names.size()> refusals;

    telemetry::Counter& of(Refusal why) noexcept { return refusals[static_cast<std::size_t>(why)]; }
    const telemetry::Counter& of(Refusal why) const noexcept { return refusals[static_cast<std::size_t>(why)]; }
};

} // namespace webhookd::http
