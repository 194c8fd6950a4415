#include "ingest/refusal_log.hpp"

#include "webhookd/verify/diagnose.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace webhookd::ingest {

std::string explain_refusal(const Routes& routes, const Route& route, std::string_view body,
                            std::string_view signature) {
    std::vector<verify::NamedRing> rings;
    for (const auto& each : routes.all()) rings.push_back({each->settings.name, &each->secrets});
    const auto diagnosis = verify::diagnose(body, signature, rings);
    const auto owner = [&] {
        return "secret \"" + std::string(rings[diagnosis.ring].secrets->name(diagnosis.secret)) + "\" of endpoint \"" +
               std::string(rings[diagnosis.ring].name) + "\"";
    };
    using Cause = verify::Diagnosis::Cause;
    switch (diagnosis.cause) {
    case Cause::missing:
        return "there is no signature: has the webhook a secret in Flagsmith?";
    case Cause::malformed:
        return "the signature is malformed: " + diagnosis.detail;
    case Cause::fits:
        return rings[diagnosis.ring].name == route.settings.name
                   ? "it fits by now: the secret was changed"
                   : "it fits the " + owner() + ": is the URL in Flagsmith right?";
    case Cause::changed:
        return "it fits the " + owner() + ", but the body was changed on its way: " + diagnosis.detail;
    case Cause::no_secret:
        return "there are no secrets to try";
    case Cause::unexplained:
        break;
    }
    return "it fits no secret of the configuration";
}

void RefusalLog::refused(std::shared_ptr<const Routes> routes, std::shared_ptr<const Route> route,
                         std::string_view body, std::string_view signature) {
    const auto held_back = limit_.pass(std::chrono::steady_clock::now());
    if (!held_back || body.size() > max_body) return;
    asio::post(background_, [routes = std::move(routes), route = std::move(route), body = std::string(body),
                             signature = std::string(signature.substr(0, 256)), held = *held_back] {
        spdlog::warn("endpoint {}: refused (401), {} ({} more since the last such line)", route->settings.name,
                     explain_refusal(*routes, *route, body, signature), held);
    });
}

} // namespace webhookd::ingest
