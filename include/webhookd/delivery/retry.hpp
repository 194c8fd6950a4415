#pragma once

#include "webhookd/base/units.hpp"
#include "webhookd/config/settings.hpp"

#include <cstdint>
#include <optional>

namespace webhookd::delivery {

/// When to try again. Pure: what was tried, time and chance are arguments.
class RetryPlan {
public:
    /// What a destination asks for (Retry-After) is believed up to here.
    static constexpr Duration longest_asked = std::chrono::hours(1);

    explicit RetryPlan(const config::Retry& settings) noexcept : settings_(settings) {}

    /// How long to wait after the `failures`-th failure in a row (1, 2, …). Full jitter: `chance` (0 ≤ chance < 1) of
    /// first · 2^(failures - 1), at most `max`; but never less than the destination `asked` for.
    Duration delay(std::uint32_t failures, double chance, std::optional<Duration> asked) const noexcept;

    /// Whether that many answers about one event are enough.
    bool is_exhausted(std::uint32_t attempts) const noexcept { return attempts >= settings_.attempts; }

private:
    config::Retry settings_;
};

} // namespace webhookd::delivery
