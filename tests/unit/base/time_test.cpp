#include "webhookd/base/time.hpp"

#include <gtest/gtest.h>

namespace webhookd {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr Time moment = sys_days{2026y / 11 / 23} + 14h + 2min + 11s + 4512us;

TEST(Times, AreWrittenWithSixDigitsOrWithoutAFraction) {
    EXPECT_EQ(format_time(moment), "2026-11-23T14:02:11.004512Z");
    EXPECT_EQ(format_time_seconds(moment), "2026-11-23T14:02:11Z");
}

TEST(Times, AreReadWithAnyFractionAndOffset) {
    EXPECT_EQ(parse_time("2026-11-23T14:02:11.004512Z").value(), moment);
    EXPECT_EQ(parse_time("2026-11-23T16:02:11.004512+02:00").value(), moment);
    EXPECT_EQ(parse_time("2026-11-23t14:02:11.0045129z").value(), moment);
    EXPECT_EQ(parse_time("2026-11-23T14:02:11Z").value(), moment - 4512us);
}

TEST(Times, RefuseWhatIsNoTime) {
    for (const auto* text :
         {"", "2026-11-23", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T14:02:11",
          "2026-11-23T14:02:11.Z", "2026-11-23T14:02:11+0200", "2026-11-23T14:02:11Zx", "20261123T140211Z000000"}) {
        SCOPED_TRACE(text);
        EXPECT_FALSE(parse_time(text));
    }
}

TEST(Moments, MayBeTimesDatesOrDurationsAgo) {
    EXPECT_EQ(parse_moment("2026-11-23", moment).value(), Time{sys_days{2026y / 11 / 23}});
    EXPECT_EQ(parse_moment("2h", moment).value(), moment - 2h);
    EXPECT_EQ(parse_moment("2026-11-23T14:02:11.004512Z", {}).value(), moment);
    EXPECT_FALSE(parse_moment("yesterday", moment));
}

} // namespace
} // namespace webhookd
