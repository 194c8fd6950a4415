#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace webhookd::http {

/// What a proxy puts before the bytes it forwards (PROXY protocol, versions 1 and 2, of HAProxy).
struct ProxyHeader {
    std::size_t size = 0;                           // of the header
    std::optional<boost::asio::ip::address> client; // none: the connection is the proxy's own (health checks)
};

/// With its extensions (TLVs); the standard would allow 64 KiB.
inline constexpr std::size_t max_proxy_header = 4096;

enum class ProxyHeaderStep : std::uint8_t { more, done, malformed };

/// Reads the header at the front of `bytes`; says as soon as it can that there is none.
ProxyHeaderStep read_proxy_header(std::string_view bytes, ProxyHeader& header);

} // namespace webhookd::http
