#include "config/checks.hpp"

#include "webhookd/base/text.hpp"
#include "webhookd/config/forms.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace webhookd::config {
namespace {

/// Whether an address can be reached from other machines, as far as its text tells.
bool is_public(std::string_view text) {
    const auto address = parse_address(text);
    if (!address || address->kind != ListenAddress::Kind::tcp || address->host == "localhost") return false;
    boost::system::error_code error;
    const auto ip = boost::asio::ip::make_address(address->host, error);
    return error || !ip.is_loopback();
}

void check_listen(const Listen& listen, Reading& reading) {
    if (listen.tls.enabled && listen.tls.certificate.empty())
        reading.problem_at("listen.tls", "certificate and key are missing",
                           "tls = { certificate = \"…\", key = \"…\" }, or tls = false behind a proxy that ends TLS");
    if (!listen.tls.enabled && is_public(listen.address) && listen.trusted_proxies.empty())
        reading.warning_at("listen.tls",
                           "plain HTTP on an address that others can reach: bodies hold names, e-mails and "
                           "environment keys",
                           "a certificate, or a loopback address behind a proxy that ends TLS");
    if (listen.proxy_protocol && listen.trusted_proxies.empty())
        reading.problem_at("listen.proxy_protocol", "is believed from nobody",
                           "trusted_proxies = [\"…\"] with the networks of the proxies");
    constexpr auto patience_of_flagsmith = 10s;
    if (listen.unavailable.wait >= patience_of_flagsmith)
        reading.warning_at("listen.unavailable.wait", "Flagsmith waits 10 s for an answer",
                           "less than \"10s\" would do");
}

void check_secrets(const Endpoint& endpoint, const std::string& key, Reading& reading) {
    const bool unreadable = std::any_of(reading.problems.begin(), reading.problems.end(), [&](const Problem& problem) {
        return problem.key.starts_with(key + ".secrets");
    });
    if (endpoint.secrets.empty() && !endpoint.allow_unsigned && !unreadable)
        reading.problem_at(key, "has no secrets", "secrets = [{ file = \"…\" }], or allow_unsigned = true");
    if (endpoint.allow_unsigned)
        reading.warning_at(key + ".allow_unsigned", "anybody who reaches the endpoint can send events", "");
    std::map<std::string_view, bool> names;
    for (const auto& secret : endpoint.secrets)
        if (!names.emplace(secret.name, true).second)
            reading.problem_at(key + ".secrets", "two secrets are named \"" + secret.name + "\"",
                               "each needs a name of its own, such as the year it was made");
}

void check_endpoints(const Settings& settings, Reading& reading) {
    if (settings.endpoints.empty())
        reading.problem_at("endpoint", "there is no endpoint, so nothing could be received",
                           "[endpoint.environment] with path, kind and secrets");
    std::map<std::string_view, std::string_view> paths, secrets;
    for (const auto& endpoint : settings.endpoints) {
        const auto key = "endpoint." + endpoint.name;
        if (const auto [other, is_new] = paths.emplace(endpoint.path, endpoint.name); !is_new && !endpoint.path.empty())
            reading.problem_at(key + ".path",
                               "\"" + endpoint.path + "\" is the path of endpoint \"" + std::string(other->second) +
                                   "\" too",
                               "each endpoint needs a path of its own");
        if (!endpoint.path.empty() && endpoint.path == settings.listen.health)
            reading.problem_at(key + ".path", "\"" + endpoint.path + "\" is the path of listen.health", "");
        check_secrets(endpoint, key, reading);
        for (const auto& secret : endpoint.secrets)
            if (const auto [other, is_new] = secrets.emplace(secret.value.reveal(), endpoint.name);
                !is_new && !secret.value.empty())
                reading.warning_at(key + ".secrets",
                                   other->second == endpoint.name
                                       ? "the same secret stands here twice"
                                       : "the same secret as endpoint \"" + std::string(other->second) + "\"",
                                   "one secret for each webhook, so that one that leaks opens one door only");
        if (endpoint.profile == Endpoint::Profile::asyncapi) {
            if (endpoint.kind == Endpoint::Kind::any)
                reading.problem_at(key + ".profile", "the document does not describe kind \"any\"",
                                   "kind = \"environment\" or \"organisation\"");
            else if (endpoint.kind == Endpoint::Kind::identity)
                reading.problem_at(key + ".profile", "the document does not describe kind \"identity\"",
                                   "profile = \"flagsmith\"");
            reading.warning_at(key + ".profile", "the published document refuses what real servers send",
                               "profile = \"flagsmith\" takes both");
        }
        if (endpoint.keep_unverified && settings.listen.allow.empty())
            reading.problem_at(key + ".keep_unverified", "needs listen.allow",
                               "else everybody could fill it with bodies of their own");
        if (endpoint.max_body > settings.listen.max_inflight)
            reading.problem_at(key + ".max_body", "is more than listen.max_inflight",
                               "at most \"" + format_size(settings.listen.max_inflight) + "\" would do");
    }
}

void check_sinks(const Settings& settings, Reading& reading) {
    if (settings.sinks.empty())
        reading.warning_at("sink", "there is no sink: events are kept and go nowhere",
                           "[sink.console] with type = \"stdout\"");
    for (const auto& sink : settings.sinks) {
        const auto key = "sink." + sink.name;
        if (sink.format == Sink::Format::raw && sink.redact && !sink.redact->empty())
            reading.problem_at(key + ".redact", "cannot be cut from format \"raw\", which is the received bytes",
                               "another format, or redact = []");
        if (sink.retry.first > sink.retry.max)
            reading.problem_at(key + ".retry.first",
                               "is longer than retry.max (" + format_duration(sink.retry.max) + ")",
                               "raise max or lower first");
        for (const auto& pattern : sink.match.endpoint)
            if (std::none_of(settings.endpoints.begin(), settings.endpoints.end(),
                             [&](const auto& endpoint) { return glob_match(pattern, endpoint.name); }))
                reading.warning_at(key + ".match.endpoint", "\"" + pattern + "\" matches no endpoint", "");
    }
}

} // namespace

void check_settings(const Settings& settings, Reading& reading) {
    check_listen(settings.listen, reading);
    check_endpoints(settings, reading);
    check_sinks(settings, reading);
    if (settings.store.directory.empty()) reading.problem_at("store.directory", "is empty", "");
    if (settings.admin.address == "systemd")
        reading.problem_at("admin.address", "cannot be an inherited socket", "\"host:port\", \"unix:…\" or \"\"");
    if (settings.admin.address == settings.listen.address && !settings.admin.address.empty())
        reading.problem_at("admin.address", "is the address of listen too", "the admin page needs one of its own");
    if (!settings.admin.address.empty() && is_public(settings.admin.address))
        reading.warning_at("admin.address", "the token goes over plain HTTP on an address that others can reach",
                           "\"127.0.0.1:8444\", and a tunnel");
}

} // namespace webhookd::config
