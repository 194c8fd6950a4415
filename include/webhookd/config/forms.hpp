#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/config/rules.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The forms that texts of the configuration may have, each with the function that reads it. For Rules::form.
namespace webhookd::config {

/// Where to listen.
struct ListenAddress {
    enum class Kind : std::uint8_t {
        tcp,     // "127.0.0.1:8443", "[::]:8443", ":8443", "localhost:8443"
        unix_,   // "unix:/run/x.sock"
        systemd, // "systemd": an inherited socket
    };
    Kind kind = Kind::tcp;
    std::string host; // without brackets, "" for all addresses; for unix_ the path
    std::uint16_t port = 0;
};
Result<ListenAddress> parse_address(std::string_view text);

std::optional<Complaint> form_address(std::string_view text);         // ListenAddress
std::optional<Complaint> form_address_or_none(std::string_view text); // … or ""
std::optional<Complaint> form_network(std::string_view text);         // Cidr
std::optional<Complaint> form_path(std::string_view text);            // path of a URL: "/environment-webhook"
std::optional<Complaint> form_path_or_none(std::string_view text);    // … or ""
std::optional<Complaint> form_pattern(std::string_view text);         // a glob pattern
std::optional<Complaint> form_scope(std::string_view text);           // a pattern that fits a scope
std::optional<Complaint> form_changed(std::string_view text);         // a pattern that fits a word of `changed`
std::optional<Complaint> form_redaction(std::string_view text);       // keys, personal, or a pointer with *
std::optional<Complaint> form_url(std::string_view text);             // http:// or https:// with a host
std::optional<Complaint> form_not_empty(std::string_view text);

} // namespace webhookd::config
