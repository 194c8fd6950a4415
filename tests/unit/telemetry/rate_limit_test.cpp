#include "webhookd/telemetry/log.hpp"

#include <gtest/gtest.h>

namespace webhookd::telemetry {
namespace {

using namespace std::chrono_literals;

TEST(RateLimit, LetsOneThroughInEachIntervalAndTellsHowManyItHeldBack) {
    RateLimit limit(10s);
    const auto start = std::chrono::steady_clock::time_point{1h};
    EXPECT_EQ(limit.pass(start), 0u);
    EXPECT_EQ(limit.pass(start + 1s), std::nullopt);
    EXPECT_EQ(limit.pass(start + 9s), std::nullopt);
    EXPECT_EQ(limit.pass(start + 10s), 2u);
    EXPECT_EQ(limit.pass(start + 20s), 0u);
}

} // namespace
} // namespace webhookd::telemetry
