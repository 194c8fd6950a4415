#include "webhookd/delivery/retry.hpp"

#include <algorithm>

namespace webhookd::delivery {

Duration RetryPlan::delay(std::uint32_t failures, double chance, std::optional<Duration> asked) const noexcept {
    Duration most = std::min(settings_.first, settings_.max);
    for (std::uint32_t i = 1; i < failures && most < settings_.max; ++i) most = std::min(most * 2, settings_.max);
    const Duration drawn(static_cast<Duration::rep>(static_cast<double>(most.count()) * chance));
    return asked ? std::max(drawn, std::min(*asked, longest_asked)) : drawn;
}

} // namespace webhookd::delivery
