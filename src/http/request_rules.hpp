#pragma once

#include <optional>
#include <string_view>

/// What the parts of a request's head may look like (RFC 9110, 9112), beyond what the parser checks.
namespace webhookd::http {

struct Target {
    std::string_view path;
    std::string_view query; // without its '?'
};

/// Splits a request target: origin form ("/path?query"), absolute form ("http://host/path"), and "*" for OPTIONS.
/// Nothing for anything else, and for characters that no URI has.
std::optional<Target> split_target(std::string_view target, std::string_view method) noexcept;

/// Whether a Host header names exactly one host: a name, an IPv4 address or an IPv6 literal, with or without a port.
bool is_host(std::string_view host) noexcept;

/// Whether a comma list names this option, in any case.
bool has_option(std::string_view list, std::string_view option) noexcept;

} // namespace webhookd::http
