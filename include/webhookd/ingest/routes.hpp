#pragma once

#include "webhookd/base/cidr.hpp"
#include "webhookd/config/settings.hpp"
#include "webhookd/event/decode.hpp"
#include "webhookd/ingest/metrics.hpp"
#include "webhookd/verify/verify.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace webhookd::ingest {

/// One endpoint of the configuration, ready for use.
struct Route {
    config::Endpoint settings;
    config::Unavailable unavailable; // of the same configuration
    verify::SecretRing secrets;
    event::EndpointRules rules; // views into `settings`
    std::shared_ptr<EndpointMetrics> metrics;
    mutable SecretUse secret_use;

    Route(config::Endpoint endpoint, const config::Unavailable& unavailable, Metrics& metrics);
    Route(const Route&) = delete;
    Route& operator=(const Route&) = delete;

    bool takes_unsigned() const noexcept {
        return secrets.empty();
    } // the configuration allows that only with allow_unsigned
};

/// All endpoints of one configuration. Immutable: a request holds on to the routes it began with while a reload puts up
/// new ones.
class Routes {
public:
    Routes(const config::Settings& settings, Metrics& metrics);

    /// Exact match; the query is not part of `path`, a trailing slash makes another path.
    const Route* find(std::string_view path) const noexcept;
    const std::vector<std::unique_ptr<Route>>& all() const noexcept { return routes_; }
    std::string_view health_path() const noexcept { return health_; }
    /// Whether `client` may post at all ([listen] allow).
    bool allows(const boost::asio::ip::address& client) const noexcept {
        return allow_.empty() || allow_.contains(client);
    }

    void collect(telemetry::Exposition& out) const;

private:
    std::vector<std::unique_ptr<Route>> routes_;
    std::string health_;
    CidrList allow_;
};

} // namespace webhookd::ingest
