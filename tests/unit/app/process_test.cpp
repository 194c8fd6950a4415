#include "app/process.hpp"

#include <gtest/gtest.h>

namespace webhookd::app {
namespace {

TEST(AffordableConnections, AreThoseWantedWhereTheLimitIsHigh) {
    EXPECT_EQ(affordable_connections(10'000, 65'536), 10'000u);
    EXPECT_EQ(affordable_connections(10'000'000, UINT64_MAX), 10'000'000u); // no limit
}

TEST(AffordableConnections, LeaveDescriptorsForFiles) {
    EXPECT_EQ(affordable_connections(10'000, 10'000), 9'744u);
    EXPECT_EQ(affordable_connections(10'000, 1'024), 768u);
    EXPECT_EQ(affordable_connections(10'000, 96), 48u);
    EXPECT_EQ(affordable_connections(20, 96), 20u);
}

} // namespace
} // namespace webhookd::app
