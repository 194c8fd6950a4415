#pragma once

#include "webhookd/config/compare.hpp"
#include "webhookd/config/describe.hpp"
#include "webhookd/config/forms.hpp"
#include "webhookd/config/read_fields.hpp"
#include "webhookd/config/settings.hpp"

#include <array>
#include <tuple>

/// The lists of fields of the configuration: names, meanings and rules, once. Readers, checks, `config example`,
/// `config show`, docs/configuration.md and the question what needs a restart are made from them.
namespace webhookd::config {

constexpr auto words(std::type_identity<Unavailable::Answer>) {
    using enum Unavailable::Answer;
    return std::array{Word{"disconnect", disconnect}, Word{"503", service_unavailable}};
}
constexpr auto words(std::type_identity<Endpoint::Kind>) {
    using enum Endpoint::Kind;
    return std::array{Word{"environment", environment}, Word{"organisation", organisation}, Word{"identity", identity},
                      Word{"any", any}};
}
constexpr auto words(std::type_identity<Endpoint::Profile>) {
    using enum Endpoint::Profile;
    return std::array{Word{"flagsmith", flagsmith}, Word{"asyncapi", asyncapi}};
}
constexpr auto words(std::type_identity<Endpoint::OnInvalid>) {
    using enum Endpoint::OnInvalid;
    return std::array{Word{"quarantine", quarantine}, Word{"accept", accept}, Word{"reject", reject}};
}
constexpr auto words(std::type_identity<Store::Sync>) {
    using enum Store::Sync;
    return std::array{Word{"full", full}, Word{"normal", normal}};
}
constexpr auto words(std::type_identity<Log::Level>) {
    using enum Log::Level;
    return std::array{Word{"trace", trace}, Word{"debug", debug}, Word{"info", info}, Word{"warning", warning},
                      Word{"error", error}};
}
constexpr auto words(std::type_identity<Log::Format>) {
    using enum Log::Format;
    return std::array{Word{"text", text}, Word{"json", json}};
}
constexpr auto words(std::type_identity<Sink::Format>) {
    using enum Sink::Format;
    return std::array{Word{"cloudevents", cloudevents}, Word{"raw", raw}, Word{"logfmt", logfmt}, Word{"text", text}};
}
constexpr auto words(std::type_identity<Sink::From>) {
    using enum Sink::From;
    return std::array{Word{"now", now}, Word{"beginning", beginning}};
}
constexpr auto words(std::type_identity<Sink::WhenFull>) {
    using enum Sink::WhenFull;
    return std::array{Word{"skip", skip}, Word{"refuse", refuse}};
}

inline constexpr std::uint64_t ms_per_hour = 3'600'000;

constexpr auto describe(std::type_identity<Tls>) {
    return std::tuple{
        field("certificate", &Tls::certificate, "PEM file with the certificate and those between it and the root",
              Rules{.required = true, .readable = true, .example = "\"tls.crt\""}),
        field("key", &Tls::key, "PEM file with its private key; an EC P-256 key costs the least for each event",
              Rules{.required = true, .readable = true, .example = "\"tls.key\""}),
        field("min_version", &Tls::min_version, "the oldest version of TLS that is spoken: \"1.2\" or \"1.3\"",
              Rules{.form = [](std::string_view text) -> std::optional<Complaint> {
                  if (text == "1.2" || text == "1.3") return {};
                  return Complaint{"is not supported", "\"1.2\" or \"1.3\" would do"};
              }}),
        field("client_ca", &Tls::client_ca,
              "PEM file with the authorities whose client certificates are asked for (mutual TLS); \"\" for none",
              Rules{.readable = true}),
    };
}

constexpr auto describe(std::type_identity<Unavailable>) {
    return std::tuple{
        field("wait", &Unavailable::wait, "how long a request waits for the store to have room again",
              Rules{.max = ms_per_hour}),
        field("answer", &Unavailable::answer,
              "what then happens: the connection is closed without an answer, so that Flagsmith sends the event again, "
              "or "
              "503 for an HTTP balancer in front that tries another receiver",
              Rules{}),
    };
}

constexpr auto describe(std::type_identity<Listen>) {
    constexpr Rules timeout{.min = 1, .max = ms_per_hour};
    return std::tuple{
        field("address", &Listen::address,
              "where to listen: \"host:port\", \"unix:/run/x.sock\", or \"systemd\" for an inherited socket",
              Rules{.needs_restart = true, .form = form_address}),
        field(
            "tls", &Listen::tls,
            "certificate and key, or false where a proxy in front ends TLS; the files are read again when they change",
            Rules{}),
        field("threads", &Listen::threads, "intake threads; 0: one per core",
              Rules{.needs_restart = true, .max = 1024}),
        field("health", &Listen::health,
              "path that answers GET with 200 while events can be stored, else 503; \"\" for none",
              Rules{.form = form_path_or_none}),
        field("proxy_protocol", &Listen::proxy_protocol,
              "expect the PROXY protocol (version 1 or 2) from the addresses of trusted_proxies", Rules{}),
        field("trusted_proxies", &Listen::trusted_proxies,
              "networks whose X-Forwarded-For and PROXY header are believed; X-Forwarded-For is read from the right",
              Rules{.form = form_network, .example = "[]  # [\"10.0.0.0/8\"]"}),
        field("allow", &Listen::allow,
              "networks that may post, judged on the resolved address; empty: everyone with a good signature",
              Rules{.form = form_network, .example = "[]  # [\"203.0.113.0/24\"]"}),
        field("max_connections", &Listen::max_connections,
              "open connections; beyond it the longest idle one makes room, else accepting waits",
              Rules{.min = 1, .max = 10'000'000}),
        field("max_header", &Listen::max_header, "size of a request's header; beyond it 431",
              Rules{.min = 1024, .max = 60 * 1024}),
        field("max_inflight", &Listen::max_inflight,
              "bodies of all connections together; beyond it the slowest unfinished one is closed",
              Rules{.min = 64 * 1024}),
        field("min_rate", &Listen::min_rate,
              "slowest rate of a body, in bytes a second, after its first 5 s; \"0B\" is off", Rules{}),
        field("handshake_timeout", &Listen::handshake_timeout, "for the TLS handshake and the PROXY header", timeout),
        field("header_timeout", &Listen::header_timeout, "for a request's header, from its first byte", timeout),
        field("body_timeout", &Listen::body_timeout, "for a request's body, from its first byte", timeout),
        field("idle_timeout", &Listen::idle_timeout,
              "for the next request on a connection; keep it above a load balancer's, which is 60 s as a rule",
              timeout),
        field("shutdown_delay", &Listen::shutdown_delay,
              "how long requests are still served after SIGTERM while health says no; behind a balancer e.g. \"20s\"",
              Rules{.max = ms_per_hour}),
        field("unavailable", &Listen::unavailable, "what happens to an event that cannot be stored", Rules{}),
    };
}

constexpr auto describe(std::type_identity<Endpoint::Set>) {
    return std::tuple{
        field("environment", &Endpoint::Set::environment, "name of the environment", Rules{}),
        field("project", &Endpoint::Set::project, "name of the project", Rules{}),
    };
}

constexpr auto describe(std::type_identity<Endpoint>) {
    return std::tuple{
        field("path", &Endpoint::path, "path of the URL; a query is ignored, a trailing slash is another path",
              Rules{.required = true, .form = form_path, .example = "\"/environment-webhook\""}),
        field("kind", &Endpoint::kind, "which messages it takes", Rules{.example = "\"environment\""}),
        field("secrets", &Endpoint::secrets,
              "the secrets of the webhook in Flagsmith, each named and from value, file, env, credential or directory "
              "(each file one secret); any of them may fit",
              Rules{.example = "[{ name = \"2026\", file = \"environment.secret\" }]"}),
        field("allow_unsigned", &Endpoint::allow_unsigned,
              "take messages without a signature; an endpoint without secrets is refused unless this is true", Rules{}),
        field("profile", &Endpoint::profile,
              "what a message is checked against: what Flagsmith really sends, or exactly the published document",
              Rules{}),
        field("on_invalid", &Endpoint::on_invalid,
              "what happens to signed JSON that is no known message: \"quarantine\" keeps it there and answers 422, "
              "\"accept\" "
              "delivers it with invalid=true, \"reject\" answers 422 and keeps nothing",
              Rules{}),
        field("deduplicate", &Endpoint::deduplicate,
              "how long the same message is recognised as a duplicate; \"0s\" is off", Rules{}),
        field("max_body", &Endpoint::max_body, "size of a body; beyond it 413", Rules{.min = 1024, .max = 1u << 30}),
        field(
            "keep_unverified", &Endpoint::keep_unverified,
            "how much of what no secret fits is kept for `quarantine retry` after a mistyped secret was mended; needs "
            "listen.allow",
            Rules{.min = 64 * 1024, .max = 1u << 30, .example = "\"16MiB\""}),
        field("set", &Endpoint::set, "attributes for messages that do not name them (published versions, identities)",
              Rules{}),
    };
}

constexpr auto describe(std::type_identity<Retention>) {
    return std::tuple{
        field("keep", &Retention::keep, "settled ones older than this go", Rules{.min = 1000}),
        field("max_size", &Retention::max_size, "on disk; settled ones go first, oldest first", Rules{.min = 1 << 20}),
    };
}

constexpr auto describe(std::type_identity<Store>) {
    constexpr bool restart = true;
    return std::tuple{
        field("directory", &Store::directory, "where events are kept; made with mode 0700",
              Rules{.needs_restart = restart}),
        field("sync", &Store::sync,
              "\"full\": 200 only after the event is on stable storage; \"normal\" may lose events on a power cut",
              Rules{.needs_restart = restart}),
        field("keep", &Store::keep, "settled changes (flags, versions, audit log, unknown) older than this go",
              Rules{.needs_restart = restart, .min = 1000}),
        field("max_size", &Store::max_size, "of changes on disk; settled ones go first, oldest first",
              Rules{.needs_restart = restart, .min = 1 << 20}),
        field("evaluations", &Store::evaluations,
              "the same for evaluations of identities and flags: kept apart, they never push out history",
              Rules{.needs_restart = restart}),
    };
}

constexpr auto describe(std::type_identity<Admin>) {
    return std::tuple{
        field("address", &Admin::address,
              "\"host:port\" or \"unix:…\" of the page, the API and the metrics; \"\" for none",
              Rules{.needs_restart = true, .form = form_address_or_none}),
        field("token", &Admin::token,
              "what the page and the API ask for; else one is made and kept in the store directory",
              Rules{.signs = true, .example = "{ file = \"\" }"}),
    };
}

constexpr auto describe(std::type_identity<Log>) {
    return std::tuple{
        field("level", &Log::level, "the least important messages that are written", Rules{}),
        field("format", &Log::format, "readable lines, or one JSON object each", Rules{}),
    };
}

constexpr auto describe(std::type_identity<Filter>) {
    constexpr Rules pattern{.form = form_pattern};
    return std::tuple{
        field("type", &Filter::type, "kinds of events: \"flag.*\", \"audit_log.created\"", pattern),
        field("environment", &Filter::environment, "names of environments", pattern),
        field("flag", &Filter::flag, "names of flags", pattern),
        field("changed", &Filter::changed, "what differs: enabled, value, variants, created, deleted",
              Rules{.form = form_changed}),
        field("project", &Filter::project, "names of projects", pattern),
        field("endpoint", &Filter::endpoint, "names of endpoints of this configuration", pattern),
        field("scope", &Filter::scope, "environment, segment, identity", Rules{.form = form_scope}),
        field("actor", &Filter::actor, "who made the change: e-mail addresses or names of API keys", pattern),
    };
}

constexpr auto describe(std::type_identity<Retry>) {
    return std::tuple{
        field("first", &Retry::first, "longest wait before the second attempt; doubled for each one after",
              Rules{.min = 10, .max = 24 * ms_per_hour}),
        field("max", &Retry::max, "longest wait between two attempts; each is drawn at random up to its bound",
              Rules{.min = 10, .max = 24 * ms_per_hour}),
        field("attempts", &Retry::attempts,
              "attempts for an event that alone is refused before it goes to the dead letters", Rules{.min = 1}),
    };
}

constexpr auto describe(std::type_identity<Sink>) {
    return std::tuple{
        field("type", &Sink::type, "what kind of destination it is", Rules{.required = true, .example = "\"stdout\""}),
        field("format", &Sink::format,
              "how an event is written: CloudEvents JSON, the received bytes, key=value, or one readable line",
              Rules{}),
        field("from", &Sink::from, "the first event of a new sink", Rules{}),
        field(
            "match", &Sink::match,
            "which events it takes, by glob patterns; a list is or, keys are and; a key that the event does not have "
            "does not match",
            Rules{.example = "{}  # { type = [\"flag.*\"], environment = [\"Production\"], flag = [\"checkout_*\"] }"}),
        field("exclude", &Sink::exclude, "which of these it does not take",
              Rules{.example = "{}  # { actor = [\"ci@example.com\"] }"}),
        field(
            "redact", &Sink::redact,
            "what is cut from bodies, attributes and texts: \"keys\" (environment keys), \"personal\" (e-mails, names, "
            "identifiers, traits), or pointers into the body with * for any element; absent: keys, but for format raw",
            Rules{.form = form_redaction, .example = "[\"keys\"]"}),
        field("once", &Sink::once, "the same content that came in on another endpoint is not delivered again", Rules{}),
        field("retry", &Sink::retry, "when a failed delivery is tried again", Rules{}),
        field("max_backlog", &Sink::max_backlog, "what may wait for this sink", Rules{.min = 1 << 20}),
        field(
            "when_full", &Sink::when_full,
            "beyond it \"skip\" gives up the oldest undelivered events for this sink, loudly; \"refuse\" stops intake",
            Rules{}),
    };
}

inline bool same(const Tls& a, const Tls& b) {
    return a.enabled == b.enabled && a.certificate == b.certificate && a.key == b.key &&
           a.min_version == b.min_version && a.client_ca == b.client_ca;
}
inline bool same(const NamedSecret& a, const NamedSecret& b) {
    return a.name == b.name && a.file == b.file && same(a.value, b.value);
}
void read_key(TableReader& table, std::string_view key, Tls& tls);
void show_key(Key& out, const Tls& tls);
void read_key(TableReader& table, std::string_view key, std::vector<NamedSecret>& secrets);
void show_key(Key& out, const std::vector<NamedSecret>& secrets);

} // namespace webhookd::config
