#pragma once

#include "webhookd/base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace webhookd {

/// A moment in UTC with the resolution the store keeps: microseconds.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// The wall clock. Everything that decides by time takes a Time argument instead of calling this.
Time now() noexcept;

/// "2026-11-23T14:02:11.004512Z" (RFC 3339, six fraction digits); 27 characters.
std::string format_time(Time time);
/// Appends the same to `out`, without an allocation of its own.
void append_time(std::string& out, Time time);
/// "2026-11-23T14:02:11Z": the form people read.
std::string format_time_seconds(Time time);

/// Any RFC 3339 date-time, with any number of fraction digits and any offset.
Result<Time> parse_time(std::string_view text);
/// What a person writes for --since and --until: RFC 3339, a date ("2026-11-23", midnight UTC), or a duration before
/// `now` ("2h").
Result<Time> parse_moment(std::string_view text, Time now);

} // namespace webhookd
