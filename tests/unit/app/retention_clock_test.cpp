#include "app/retention_clock.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

namespace webhookd::app {
namespace {

using namespace std::chrono_literals;

constexpr Time noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

class RetentionClockTest : public testing::Test {
protected:
    RetentionClockTest() { spdlog::set_level(spdlog::level::off); }
    ~RetentionClockTest() override { spdlog::set_level(spdlog::level::info); }

    RetentionClock clock;
};

TEST_F(RetentionClockTest, IsTheWallClockWhileThatRunsAsTimeDoes) {
    EXPECT_EQ(clock.at(noon, 5min), noon);
    EXPECT_EQ(clock.at(noon + 30s, 5min + 30s), noon + 30s);
    EXPECT_EQ(clock.at(noon + 49h, 49h + 5min), noon + 49h); // the machine slept
    EXPECT_EQ(clock.at(noon + 50h, 49h + 6min), noon + 50h); // an hour is a correction
    EXPECT_EQ(clock.at(noon, 49h + 7min), noon);             // backwards takes nothing away
}

TEST_F(RetentionClockTest, DoesNotFollowALeapForward) {
    clock.at(noon, 0s);
    EXPECT_EQ(clock.at(noon + 24h * 40, 30s), noon + 30s);
    EXPECT_EQ(clock.at(noon + 24h * 40 + 23h, 23h), noon + 23h) << "time goes on meanwhile";
    EXPECT_EQ(clock.at(noon + 23h + 30s, 23h + 30s), noon + 23h + 30s) << "put back";
    EXPECT_EQ(clock.at(noon + 24h * 40, 24h), noon + 24h) << "the next leap is doubted as long";
    EXPECT_EQ(clock.at(noon + 24h * 41, 47h), noon + 47h);
}

TEST_F(RetentionClockTest, BelievesALeapThatStaysForADay) {
    clock.at(noon, 0s);
    clock.at(noon + 24h * 40, 30s);
    EXPECT_EQ(clock.at(noon + 24h * 41, 24h + 30s), noon + 24h * 41);
    EXPECT_EQ(clock.at(noon + 24h * 41 + 30s, 24h + 60s), noon + 24h * 41 + 30s);
}

TEST_F(RetentionClockTest, DoubtsOnFromTheFirstOfManyLeaps) {
    clock.at(noon, 0s);
    Time wall = noon;
    for (Duration since_boot = 1h; since_boot < 25h; since_boot += 1h) {
        wall += 24h;
        EXPECT_EQ(clock.at(wall, since_boot), noon + since_boot);
    }
    EXPECT_EQ(clock.at(wall, 25h), wall);
}

TEST(TimeSinceBoot, OnlyGoesForward) {
    const auto first = time_since_boot();
    EXPECT_GT(first, Duration::zero());
    EXPECT_GE(time_since_boot(), first);
}

} // namespace
} // namespace webhookd::app
