#include "webhookd/base/units.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace webhookd {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array size_units{Unit{"GiB", 1ull << 30}, Unit{"MiB", 1ull << 20}, Unit{"KiB", 1ull << 10},
                                Unit{"B", 1}};
constexpr std::array duration_units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000},
                                    Unit{"ms", 1}};

constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();

/// Reads a number and the letters behind it off the front of `text`.
std::optional<std::uint64_t> take_part(std::string_view& text, std::span<const Unit> units) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && (text[letters] < '0' || text[letters] > '9')) ++letters;
    for (const auto& unit : units) {
        if (unit.name != text.substr(0, letters)) continue;
        text.remove_prefix(letters);
        if (value > most / unit.factor) return {};
        return value * unit.factor;
    }
    return {};
}

std::string quoted(std::string_view text) {
    return "\"" + std::string(text.substr(0, 64)) + "\"";
}

} // namespace

Result<ByteSize> parse_size(std::string_view text) {
    auto rest = text;
    const auto bytes = take_part(rest, size_units);
    if (!bytes || !rest.empty()) return Error{quoted(text) + " is not a size (such as \"64KiB\", \"8MiB\", \"5GiB\")"};
    return ByteSize{*bytes};
}

Result<Duration> parse_duration(std::string_view text) {
    auto rest = text;
    std::uint64_t total = 0;
    do {
        const auto part = take_part(rest, duration_units);
        if (!part || *part > most - total)
            return Error{quoted(text) + " is not a duration (such as \"500ms\", \"10s\", \"24h\", \"30d\")"};
        total += *part;
    } while (!rest.empty());
    return Duration{total};
}

std::string format_size(ByteSize size) {
    for (const auto& unit : size_units)
        if (size.bytes >= unit.factor && size.bytes % unit.factor == 0)
            return std::to_string(size.bytes / unit.factor) + std::string(unit.name);
    return "0B";
}

std::string format_duration(Duration duration) {
    const auto count = static_cast<std::uint64_t>(duration.count());
    for (const auto& unit : duration_units)
        if (count >= unit.factor && count % unit.factor == 0)
            return std::to_string(count / unit.factor) + std::string(unit.name);
    return "0s";
}

} // namespace webhookd
