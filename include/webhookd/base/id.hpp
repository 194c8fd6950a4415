#pragma once

#include "webhookd/base/time.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace webhookd {

/// The id of an event, a UUID (RFC 9562).
/// Version 8 is derived from the content, so the same content has the same id on every receiver; version 7 is made on
/// receipt.
struct EventId {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const EventId&) const = default;
    bool from_content() const noexcept { return (bytes[6] >> 4) == 8; }
};

/// SHA-256 of `content`, cut to 128 bits, with the version and variant bits of a UUIDv8 set.
EventId content_id(std::string_view content);
/// A UUIDv7: 48 bits of milliseconds, then a per-thread counter and random bits. Rising within a thread.
EventId receipt_id(Time received);

std::string to_string(const EventId& id);               ///< 36 characters, lower case
void append_id(std::string& out, const EventId& id);    ///< the same, appended
std::optional<EventId> parse_id(std::string_view text); ///< the 36-character form, either case

} // namespace webhookd

template <>
struct std::hash<webhookd::EventId> {
    std::size_t operator()(const webhookd::EventId& id) const noexcept;
};
