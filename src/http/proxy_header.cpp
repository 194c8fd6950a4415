#include "http/proxy_header.hpp"

#include "webhookd/base/cidr.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace webhookd::http {
namespace {

namespace ip = boost::asio::ip;
using Step = ProxyHeaderStep;

constexpr std::string_view v1_signature = "PROXY ";
constexpr std::size_t v1_longest = 107; // with its line end
constexpr std::string_view v2_signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t v2_fixed = 16; // signature, command, family, length

/// The part up to the next space, taken off.
std::string_view take_word(std::string_view& line) noexcept {
    const auto end = std::min(line.find(' '), line.size());
    const auto word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

Step read_v1(std::string_view bytes, ProxyHeader& header) {
    const auto end = bytes.substr(0, v1_longest).find("\r\n");
    if (end == std::string_view::npos) return bytes.size() < v1_longest ? Step::more : Step::malformed;
    auto line = bytes.substr(v1_signature.size(), end - v1_signature.size());
    header.size = end + 2;
    header.client.reset();
    const auto family = take_word(line);
    if (family == "UNKNOWN") return Step::done;
    if (family != "TCP4" && family != "TCP6") return Step::malformed;
    boost::system::error_code error;
    const auto source = ip::make_address(std::string(take_word(line)), error);
    if (error || source.is_v6() != (family == "TCP6")) return Step::malformed;
    header.client = unmapped(source);
    return Step::done;
}

template <class Address>
Address address_at(std::string_view bytes) {
    typename Address::bytes_type raw;
    std::memcpy(raw.data(), bytes.data(), raw.size());
    return Address(raw);
}

Step read_v2(std::string_view bytes, ProxyHeader& header) {
    if (bytes.size() < v2_fixed) return Step::more;
    const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    const unsigned version = octet(12) >> 4;
    const unsigned command = octet(12) & 15;
    const unsigned family = octet(13) >> 4;
    const std::size_t length = static_cast<std::size_t>(octet(14)) << 8 | octet(15);
    header.size = v2_fixed + length;
    header.client.reset();
    if (version != 2 || command > 1 || header.size > max_proxy_header) return Step::malformed;
    if (bytes.size() < header.size) return Step::more;
    const auto addresses = bytes.substr(v2_fixed, length);
    if (command == 0) return Step::done; // LOCAL
    switch (family) {
    case 1: // IPv4: two addresses, two ports
        if (length < 12) return Step::malformed;
        header.client = address_at<ip::address_v4>(addresses);
        return Step::done;
    case 2: // IPv6
        if (length < 36) return Step::malformed;
        header.client = unmapped(address_at<ip::address_v6>(addresses));
        return Step::done;
    default: // unspecified or unix
        return Step::done;
    }
}

} // namespace

ProxyHeaderStep read_proxy_header(std::string_view bytes, ProxyHeader& header) {
    for (const auto signature : {v1_signature, v2_signature}) {
        const auto n = std::min(bytes.size(), signature.size());
        if (bytes.substr(0, n) != signature.substr(0, n)) continue;
        if (n < signature.size()) return Step::more;
        return signature == v1_signature ? read_v1(bytes, header) : read_v2(bytes, header);
    }
    return Step::malformed;
}

} // namespace webhookd::http
