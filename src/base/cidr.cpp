#include "webhookd/base/cidr.hpp"

#include <algorithm>
#include <charconv>

namespace webhookd {
namespace {

namespace ip = boost::asio::ip;

template <class Bytes>
bool same_prefix(const Bytes& a, const Bytes& b, unsigned bits) noexcept {
    const unsigned whole = bits / 8;
    if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
    const unsigned rest = bits % 8;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

} // namespace

ip::address unmapped(const ip::address& address) noexcept {
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

Result<Cidr> Cidr::parse(std::string_view text) {
    const auto fail = [&] { return Error{"\"", text, "\" is not an address or a range like 10.0.0.0/8"}; };
    const auto slash = text.find('/');
    boost::system::error_code error;
    const auto address = ip::make_address(std::string(text.substr(0, slash)), error);
    if (error) return fail();
    const unsigned most = address.is_v4() ? 32 : 128;
    unsigned prefix = most;
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
        if (bad != std::errc{} || end != digits.data() + digits.size() || prefix > most) return fail();
    }
    return Cidr(address, prefix);
}

bool Cidr::contains(const ip::address& address) const noexcept {
    const auto plain = unmapped(address);
    if (plain.is_v4() != network_.is_v4()) return false;
    return plain.is_v4() ? same_prefix(plain.to_v4().to_bytes(), network_.to_v4().to_bytes(), prefix_)
                         : same_prefix(plain.to_v6().to_bytes(), network_.to_v6().to_bytes(), prefix_);
}

Result<CidrList> CidrList::parse(std::span<const std::string> texts) {
    CidrList list;
    for (const auto& text : texts) {
        auto range = Cidr::parse(text);
        if (!range) return range.error();
        list.ranges_.push_back(*range);
    }
    return list;
}

bool CidrList::contains(const ip::address& address) const noexcept {
    return std::any_of(ranges_.begin(), ranges_.end(), [&](const Cidr& range) { return range.contains(address); });
}

} // namespace webhookd
