#pragma once

#include "webhookd/config/forms.hpp"
#include "webhookd/config/sink_kind.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace webhookd::sinks::redis {

using config::Rules;

struct Settings {
    std::string url = "redis://127.0.0.1:6379";
    std::string stream = "flagsmith";
    std::uint64_t max_length = 1'000'000;
    std::filesystem::path ca;
    Duration timeout = std::chrono::seconds(10);
};

std::optional<config::Complaint> form_redis_url(std::string_view text);

constexpr auto describe(std::type_identity<Settings>) {
    return std::tuple{
        config::field(
            "url", &Settings::url, "redis:// or rediss:// (TLS), with user, password and number of the database",
            Rules{.form = form_redis_url, .example = "\"rediss://user:${REDIS_PASSWORD}@redis.internal:6379/0\""}),
        config::field("stream", &Settings::stream, "the key of the stream", Rules{.form = config::form_not_empty}),
        config::field("max_length", &Settings::max_length,
                      "about how many entries the stream keeps, the oldest go; 0: all", Rules{}),
        config::field("ca", &Settings::ca,
                      "PEM file of who may sign the server's certificate; absent: whom the system trusts",
                      Rules{.readable = true, .example = "\"redis-ca.pem\""}),
        config::field("timeout", &Settings::timeout, "of connecting, and of the answers to one batch",
                      Rules{.min = 10, .max = 600'000})};
}

} // namespace webhookd::sinks::redis
