#include "webhookd/delivery/retry.hpp"

namespace webhookd::delivery {
namespace {

using namespace std::chrono_literals;

constexpr double almost_one = 0.999999999;

RetryPlan plan() {
    return RetryPlan({.first = 1s, .max = 30s, .attempts = 3});
}

TEST(RetryPlan, DoublesTheLongestWaitUpToTheMaximum) {
    const Duration expected[] = {1s, 2s, 4s, 8s, 16s, 30s, 30s};
    for (std::uint32_t failures = 1; failures <= std::size(expected); ++failures)
        EXPECT_NEAR(plan().delay(failures, almost_one, {}).count(), expected[failures - 1].count(), 1) << failures;
}

TEST(RetryPlan, DrawsTheWholeWaitByChance) {
    EXPECT_EQ(plan().delay(3, 0.0, {}), 0ms);
    EXPECT_EQ(plan().delay(3, 0.25, {}), 1s);
    EXPECT_EQ(plan().delay(3, 0.5, {}), 2s);
}

TEST(RetryPlan, WaitsAtLeastAsLongAsTheDestinationAsks) {
    EXPECT_EQ(plan().delay(1, 0.5, 10s), 10s);
    EXPECT_EQ(plan().delay(6, 0.5, 10s), 15s);
}

TEST(RetryPlan, DoesNotBelieveAnAbsurdRetryAfter) {
    EXPECT_EQ(plan().delay(1, 0.5, 24h * 365), RetryPlan::longest_asked);
}

TEST(RetryPlan, SurvivesAnyNumberOfFailures) {
    EXPECT_EQ(plan().delay(4'000'000'000u, 0.5, {}), 15s);
}

TEST(RetryPlan, NeverWaitsLongerThanTheMaximumAtFirst) {
    EXPECT_EQ(RetryPlan({.first = 10s, .max = 2s, .attempts = 1}).delay(1, 0.5, {}), 1s);
}

TEST(RetryPlan, IsExhaustedAfterTheConfiguredAttempts) {
    EXPECT_FALSE(plan().is_exhausted(2));
    EXPECT_TRUE(plan().is_exhausted(3));
}

} // namespace
} // namespace webhookd::delivery
