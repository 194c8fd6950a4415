#include "webhookd/ingest/routes.hpp"

namespace webhookd::ingest {
namespace {

std::vector<verify::NamedSecret> secrets_of(const config::Endpoint& endpoint) {
    std::vector<verify::NamedSecret> secrets;
    for (const auto& secret : endpoint.secrets) secrets.push_back({secret.name, secret.value});
    return secrets;
}

event::EndpointKind kind_of(config::Endpoint::Kind kind) {
    switch (kind) {
    case config::Endpoint::Kind::environment:
        return event::EndpointKind::environment;
    case config::Endpoint::Kind::organisation:
        return event::EndpointKind::organisation;
    case config::Endpoint::Kind::identity:
        return event::EndpointKind::identity;
    case config::Endpoint::Kind::any:
        break;
    }
    return event::EndpointKind::any;
}

event::EndpointRules rules_of(const config::Endpoint& endpoint) {
    return {kind_of(endpoint.kind),
            endpoint.profile == config::Endpoint::Profile::asyncapi ? event::Profile::asyncapi
                                                                    : event::Profile::flagsmith,
            endpoint.name,
            endpoint.path,
            endpoint.set.environment,
            endpoint.set.project};
}

} // namespace

Route::Route(config::Endpoint endpoint, const config::Unavailable& when_unavailable, Metrics& all)
    : settings(std::move(endpoint)), unavailable(when_unavailable), secrets(secrets_of(settings)),
      rules(rules_of(settings)), metrics(all.endpoint(settings.name)), secret_use(secrets.size()) {}

Routes::Routes(const config::Settings& settings, Metrics& metrics)
    : health_(settings.listen.health), allow_(CidrList::parse(settings.listen.allow).value()) {
    for (const auto& endpoint : settings.endpoints)
        routes_.push_back(std::make_unique<Route>(endpoint, settings.listen.unavailable, metrics));
}

const Route* Routes::find(std::string_view path) const noexcept {
    for (const auto& route : routes_) // a handful: faster than hashing
        if (route->settings.path == path) return route.get();
    return nullptr;
}

void Routes::collect(telemetry::Exposition& out) const {
    for (const auto& route : routes_)
        for (std::size_t i = 0; i < route->secrets.size(); ++i)
            if (const auto last = route->secret_use.last(i); last != 0)
                out.add(telemetry::Metric::secret_last_used, {route->settings.name, route->secrets.name(i)},
                        static_cast<double>(last) * 1e-6);
}

} // namespace webhookd::ingest
