#pragma once

#include "webhookd/config/sink_kind.hpp"

#include <string>

namespace webhookd::sinks::udp {

using config::Rules;

struct Settings {
    std::string address;
    std::uint32_t port = 9000;
};

void check(const Settings& settings, config::TableReader& table);

constexpr auto describe(std::type_identity<Settings>) {
    return std::tuple{
        config::field("address", &Settings::address, "where datagrams go",
                      Rules{.required = true, .example = "\"192.0.2.7\""}),
        config::field("port", &Settings::port, "the port there", Rules{.min = 1, .max = 65535}),
    };
}

} // namespace webhookd::sinks::udp
