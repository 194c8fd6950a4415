#pragma once

#include "webhookd/config/forms.hpp"
#include "webhookd/config/sink_kind.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace webhookd::sinks::nats {

using config::Rules;
using config::TableReader;

struct Tls {
    std::filesystem::path ca;
    std::filesystem::path certificate;
    std::filesystem::path key;
};

struct Settings {
    std::vector<std::string> servers{"nats://127.0.0.1:4222"};
    std::string subject = "flagsmith.events";
    std::filesystem::path credentials;
    std::optional<Tls> tls;
    Duration timeout = std::chrono::seconds(10);
};

void check(const Settings& settings, TableReader& table);

std::optional<config::Complaint> form_server(std::string_view text);

constexpr auto describe(std::type_identity<Tls>) {
    return std::tuple{
        config::field("ca", &Tls::ca,
                      "PEM file of who may sign the servers' certificates; absent: whom the system trusts",
                      Rules{.readable = true, .example = "\"nats-ca.pem\""}),
        config::field("certificate", &Tls::certificate, "PEM file of our own, where the servers ask for one",
                      Rules{.readable = true, .example = "\"client.pem\""}),
        config::field("key", &Tls::key, "PEM file of its key", Rules{.readable = true, .example = "\"client.key\""})};
}

constexpr auto describe(std::type_identity<Settings>) {
    return std::tuple{
        config::field("servers", &Settings::servers, "of one cluster",
                      Rules{.form = form_server, .example = "[\"nats://nats.internal:4222\"]"}),
        config::field("subject", &Settings::subject,
                      "which a stream of JetStream must take; may hold {flag}, {environment} …, each as one token",
                      Rules{.form = config::form_not_empty}),
        config::field("credentials", &Settings::credentials, "a .creds file",
                      Rules{.readable = true, .example = "\"webhookd.creds\""}),
        config::field("tls", &Settings::tls, "talk through TLS", Rules{.example = "{ ca = \"nats-ca.pem\" }"}),
        config::field("timeout", &Settings::timeout, "of connecting, and of the acknowledgements of one batch",
                      Rules{.min = 100, .max = 600'000})};
}

} // namespace webhookd::sinks::nats
