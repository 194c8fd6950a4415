#include "event/number.hpp"

#include <gtest/gtest.h>

namespace webhookd::event {
namespace {

TEST(WholeNumbers, AreJudgedByTheirValueNotTheirNotation) {
    for (const auto* number : {"0",
                               "-0",
                               "7",
                               "-7",
                               "7.0",
                               "7.000",
                               "0.0",
                               "-0.0e5",
                               "1e3",
                               "1E+3",
                               "1.5e1",
                               "1.50e1",
                               "70e-1",
                               "100e-2",
                               "0e-5",
                               "0.00e-99",
                               "1200.00e-2",
                               "123456789012345678901234567890",
                               "1e400",
                               "1e99999999999999999999",
                               "9007199254740993.0",
                               "12.34e2",
                               "0.001e3"})
        EXPECT_TRUE(is_whole(number)) << number;
    for (const auto* number : {"0.5", "-0.1", "7.25", "1e-1", "15e-1", "1.55e1", "12.34e1", "0.001e2", "100e-3",
                               "9007199254740993.5", "1e-400", "1e-99999999999999999999"})
        EXPECT_FALSE(is_whole(number)) << number;
}

TEST(Doubles, GoToInfinityAndZeroBeyondTheirRange) {
    EXPECT_EQ(to_double("-12.5e1"), -125);
    EXPECT_GT(to_double("1e400"), 1e308);
    EXPECT_LT(to_double("-1e400"), -1e308);
    EXPECT_EQ(to_double("1e-400"), 0);
    EXPECT_GT(to_double(std::string(400, '9')), 1e308);
}

} // namespace
} // namespace webhookd::event
