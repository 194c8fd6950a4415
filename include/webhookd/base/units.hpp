#pragma once

#include "webhookd/base/result.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace webhookd {

/// A number of bytes, written "64KiB", "8MiB", "5GiB" or "100B" in configuration and output.
struct ByteSize {
    std::uint64_t bytes = 0;
    auto operator<=>(const ByteSize&) const = default;
};

namespace literals {
constexpr ByteSize operator""_KiB(unsigned long long n) {
    return {n << 10};
}
constexpr ByteSize operator""_MiB(unsigned long long n) {
    return {n << 20};
}
constexpr ByteSize operator""_GiB(unsigned long long n) {
    return {n << 30};
}
} // namespace literals

/// Durations of the configuration, written "500ms" "10s" "5m" "24h" "30d"; several parts may follow each other
/// ("1h30m").
using Duration = std::chrono::milliseconds;

Result<ByteSize> parse_size(std::string_view text);
Result<Duration> parse_duration(std::string_view text);
/// The shortest text that parses back to the same value: "8MiB", "90s".
std::string format_size(ByteSize size);
std::string format_duration(Duration duration);

} // namespace webhookd
