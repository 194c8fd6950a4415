#include "ingest/refusal_log.hpp"

#include "webhookd/verify/diagnose.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace webhookd::ingest {

std::string explain_refusal(const Routes& routes, const Route& route, std::string_view body,
                            std::string_view signature) {
    if (body.size() > RefusalLog::max_body)
        return "the body is too long to look for the reason: `verify` does, with the body in a file";
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

std::optional<std::uint64_t> RefusalLog::pass(const Route& route, std::string_view signature) {
    const auto at = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    auto& limits = limits_[route.settings.name];
    return verify::parse_signature(signature) ? limits.unfitting.pass(at) : limits.formless.pass(at);
}

void RefusalLog::refused(std::shared_ptr<const Routes> routes, std::shared_ptr<const Route> route,
                         std::string_view body, std::string_view signature) {
    const auto held_back = pass(*route, signature);
    if (!held_back) return;
    const auto looked_at = body.substr(0, max_body + 1); // one more tells that it was too long
    asio::post(background_, [routes = std::move(routes), route = std::move(route), body = std::string(looked_at),
                             signature = std::string(signature.substr(0, 256)), held = *held_back] {
        spdlog::warn("endpoint {}: refused (401), {} ({} more since the last such line)", route->settings.name,
                     explain_refusal(*routes, *route, body, signature), held);
    });
}

} // namespace webhookd::ingest
