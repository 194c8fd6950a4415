#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>

/// Bodies as Flagsmith posts them, for `send`: realistic, each different from the ones before.
namespace webhookd::cli::send {

/// Where the variety of bodies comes from. The same seed gives the same bodies but for their times.
struct Source {
    std::mt19937_64 random;
    std::uint64_t number = 0; // of the event, counted from 0
    std::string time;         // now, in Flagsmith's form: six fraction digits and Z
};

struct Kind {
    std::string_view name;
    std::string_view endpoint; // the kind of endpoint that takes it
    std::string_view meaning;
    std::string (*make)(Source& source);
};

std::span<const Kind> kinds();
const Kind* find_kind(std::string_view name);

} // namespace webhookd::cli::send
