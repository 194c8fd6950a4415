#pragma once

#include "webhookd/base/cidr.hpp"

#include <boost/asio/ip/address.hpp>

#include <string_view>

namespace webhookd::http {

/// Who is behind a trusted peer: the entries of all X-Forwarded-For lines in `fields`, read from the right, as long as
/// the one who added an entry is trusted. An entry that is no address ends the search: what stands left of it is
/// anybody's claim.
boost::asio::ip::address forwarded_client(const boost::asio::ip::address& peer, std::string_view fields,
                                          const CidrList& trusted);

} // namespace webhookd::http
