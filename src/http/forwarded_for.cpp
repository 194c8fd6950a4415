#include "http/forwarded_for.hpp"

#include "http/request_parser.hpp"
#include "webhookd/base/text.hpp"

#include <optional>
#include <string>

namespace webhookd::http {
namespace {

namespace ip = boost::asio::ip;

/// An entry as proxies write it: an address, with or without a port ("192.0.2.1:4711", "[2001:db8::1]:4711").
std::optional<ip::address> parse_entry(std::string_view entry) {
    if (entry.starts_with('[')) {
        const auto close = entry.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        entry = entry.substr(1, close - 1);
    } else if (const auto colon = entry.find(':'); colon == entry.rfind(':'))
        entry = entry.substr(0, colon);
    boost::system::error_code error;
    const auto address = ip::make_address(std::string(entry), error);
    if (error) return std::nullopt;
    return unmapped(address);
}

} // namespace

ip::address forwarded_client(const ip::address& peer, std::string_view fields, const CidrList& trusted) {
    std::string entries; // of several lines the later ones are the nearer proxies
    while (const auto field = take_field(fields)) {
        if (!equals_ignoring_case(field->name, "X-Forwarded-For")) continue;
        if (!entries.empty()) entries += ',';
        entries += field->value;
    }
    auto client = peer;
    std::string_view rest = entries;
    while (!rest.empty()) {
        const auto comma = rest.rfind(',');
        const auto start = comma == std::string_view::npos ? 0 : comma + 1;
        const auto entry = parse_entry(trim(rest.substr(start)));
        if (!entry) break;
        client = *entry;
        if (!trusted.contains(client)) break;
        rest = rest.substr(0, start == 0 ? 0 : comma);
    }
    return client;
}

} // namespace webhookd::http
