#pragma once

#include <tuple>
#include <type_traits>

namespace webhookd::sinks::standard_output {

/// Nothing but what every sink has.
struct Settings {};

constexpr auto describe(std::type_identity<Settings>) {
    return std::tuple{};
}

} // namespace webhookd::sinks::standard_output
