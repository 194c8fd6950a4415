#pragma once

#include "webhookd/config/forms.hpp"
#include "webhookd/config/sink_kind.hpp"

#include <map>
#include <string>
#include <vector>

namespace webhookd::sinks::kafka {

using config::Rules;
using config::TableReader;

struct Settings {
    std::vector<std::string> brokers;
    std::string topic = "flagsmith";
    std::string key = "{flag}";
    std::map<std::string, std::string> properties;
    Duration timeout = std::chrono::seconds(30);
};

void check(const Settings& settings, TableReader& table);

constexpr auto describe(std::type_identity<Settings>) {
    return std::tuple{
        config::field("brokers", &Settings::brokers, "where to begin",
                      Rules{.required = true, .form = config::form_not_empty, .example = "[\"kafka.internal:9092\"]"}),
        config::field("topic", &Settings::topic, "where the events go", Rules{.form = config::form_not_empty}),
        config::field("key", &Settings::key,
                      "of the messages: those with the same key keep their order; may hold {flag}, {environment} …",
                      Rules{}),
        config::field("properties", &Settings::properties, "of librdkafka, beside those that make delivery safe",
                      Rules{.example = "{ \"security.protocol\" = \"ssl\", \"ssl.ca.location\" = \"kafka-ca.pem\" }"}),
        config::field("timeout", &Settings::timeout, "after which a message that was not acknowledged is sent anew",
                      Rules{.min = 1000, .max = 600'000})};
}

} // namespace webhookd::sinks::kafka
