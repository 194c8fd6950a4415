#pragma once

#include "webhookd/config/forms.hpp"
#include "webhookd/config/sink_kind.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace webhookd::sinks::http {

using config::Rules;
using config::TableReader;

struct Batch {
    std::uint32_t max_events = 500;
    Duration max_delay = std::chrono::seconds(1);
};

struct Sign {
    enum class Scheme : std::uint8_t { flagsmith, standard_webhooks };
    Scheme scheme = Scheme::standard_webhooks;
    Secret secret;
};

struct Settings {
    enum class CloudEvents : std::uint8_t { structured, binary };

    std::string url;
    std::string method = "POST";
    std::map<std::string, Secret> headers;
    Duration timeout = std::chrono::seconds(10);
    std::uint32_t concurrency = 1;
    std::optional<Batch> batch;
    std::optional<std::string> body;
    std::optional<Sign> sign;
    CloudEvents cloudevents_mode = CloudEvents::structured;
    std::filesystem::path ca;
    std::string proxy;
};

std::optional<config::Complaint> form_url_template(std::string_view text);
std::optional<config::Complaint> form_proxy(std::string_view text);
std::optional<config::Complaint> form_method(std::string_view text);
void check(const Settings& settings, TableReader& table);

/// Where none is set: the event, and nothing for methods that seldom have a body (caches do not expect one in DELETE).
std::string_view body_of(const Settings& settings) noexcept;

constexpr auto words(std::type_identity<Sign::Scheme>) {
    return std::array{config::Word{"flagsmith", Sign::Scheme::flagsmith},
                      config::Word{"standard-webhooks", Sign::Scheme::standard_webhooks}};
}

constexpr auto words(std::type_identity<Settings::CloudEvents>) {
    return std::array{config::Word{"structured", Settings::CloudEvents::structured},
                      config::Word{"binary", Settings::CloudEvents::binary}};
}

constexpr auto describe(std::type_identity<Batch>) {
    return std::tuple{config::field("max_events", &Batch::max_events, "the most events in one request",
                                    Rules{.min = 1, .max = 10'000}),
                      config::field("max_delay", &Batch::max_delay,
                                    "how long a request that is not full waits for more events", Rules{.max = 60'000})};
}

constexpr auto describe(std::type_identity<Sign>) {
    return std::tuple{
        config::field("scheme", &Sign::scheme, "as Flagsmith signs, or as Standard Webhooks has it", Rules{}),
        config::field("secret", &Sign::secret, "the key; for Standard Webhooks also in the form whsec_…",
                      Rules{.required = true, .signs = true, .example = "{ file = \"relay.secret\" }"})};
}

constexpr auto describe(std::type_identity<Settings>) {
    return std::tuple{
        config::field("url", &Settings::url, "where to; path and query may hold {flag}, {environment}, {id} …",
                      Rules{.required = true, .form = form_url_template, .example = "\"https://example.com/events\""}),
        config::field("method", &Settings::method, "of the requests", Rules{.form = form_method}),
        config::field("headers", &Settings::headers, "of the requests; values may hold {flag} …",
                      Rules{.example = "{ Authorization = { file = \"collector.token\" } }"}),
        config::field("timeout", &Settings::timeout, "of one request, connecting included",
                      Rules{.min = 10, .max = 600'000}),
        config::field("concurrency", &Settings::concurrency,
                      "requests at once; 1 keeps the order, more keep it for each flag", Rules{.min = 1, .max = 64}),
        config::field("batch", &Settings::batch, "several events in one request; for bodies that can hold them",
                      Rules{.example = "{ max_events = 500, max_delay = \"1s\" }"}),
        config::field(
            "body", &Settings::body,
            "event, ndjson, array, splunk, loki or elasticsearch; else a text that may hold {flag}, {data} …; "
            "absent: event, or nothing where method is neither POST, PUT nor PATCH",
            Rules{.example = "\"ndjson\""}),
        config::field("sign", &Settings::sign, "how requests are signed; absent: not",
                      Rules{.example = "{ scheme = \"standard-webhooks\", secret = { file = \"relay.secret\" } }"}),
        config::field("cloudevents_mode", &Settings::cloudevents_mode,
                      "structured: the whole event is the body; binary: its attributes are headers, the data the body",
                      Rules{}),
        config::field("ca", &Settings::ca,
                      "PEM file of who may sign the server's certificate; absent: whom the system trusts",
                      Rules{.readable = true, .example = "\"collector-ca.pem\""}),
        config::field("proxy", &Settings::proxy, "an HTTP proxy to go through",
                      Rules{.form = form_proxy, .example = "\"http://proxy.internal:3128\""})};
}

} // namespace webhookd::sinks::http
