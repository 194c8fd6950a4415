#pragma once

#include "webhookd/base/result.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace webhookd {

/// An IPv4 address in IPv6 clothes (::ffff:192.0.2.1, as dual-stack sockets give it) as what it is; others unchanged.
boost::asio::ip::address unmapped(const boost::asio::ip::address& address) noexcept;

/// A range of addresses: "10.0.0.0/8", "2001:db8::/32", or a single address.
class Cidr {
public:
    static Result<Cidr> parse(std::string_view text);
    /// IPv4-mapped addresses count as IPv4.
    bool contains(const boost::asio::ip::address& address) const noexcept;

private:
    Cidr(boost::asio::ip::address network, unsigned prefix) : network_(network), prefix_(prefix) {}
    boost::asio::ip::address network_;
    unsigned prefix_;
};

class CidrList {
public:
    /// The error names the first entry that is not a range.
    static Result<CidrList> parse(std::span<const std::string> texts);
    bool contains(const boost::asio::ip::address& address) const noexcept;
    bool empty() const noexcept { return ranges_.empty(); }

private:
    std::vector<Cidr> ranges_;
};

} // namespace webhookd
