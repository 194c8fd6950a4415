#include "webhookd/base/units.hpp"

#include <gtest/gtest.h>

namespace webhookd {
namespace {

using namespace std::chrono_literals;

TEST(Durations, AreReadInEveryUnitAndInParts) {
    EXPECT_EQ(parse_duration("500ms").value(), 500ms);
    EXPECT_EQ(parse_duration("10s").value(), 10s);
    EXPECT_EQ(parse_duration("1h30m").value(), 90min);
    EXPECT_EQ(parse_duration("30d").value(), 720h);
    EXPECT_EQ(parse_duration("0s").value(), 0s);
}

TEST(Durations, RefuseWhatIsNoDuration) {
    for (const auto* text :
         {"", "10", "s", "-1s", "1.5h", "10 s", "10S", "1h 30m", "99999999999999999999s", "9223372036854775807d"}) {
        SCOPED_TRACE(text);
        EXPECT_FALSE(parse_duration(text));
    }
}

TEST(Sizes, AreReadInEveryUnit) {
    EXPECT_EQ(parse_size("64KiB").value().bytes, 65536u);
    EXPECT_EQ(parse_size("8MiB").value().bytes, 8u << 20);
    EXPECT_EQ(parse_size("5GiB").value().bytes, 5ull << 30);
    EXPECT_EQ(parse_size("12B").value().bytes, 12u);
    for (const auto* text : {"", "8", "8MB", "8mib", "1MiB1KiB", "-1B", "99999999999GiB"}) {
        SCOPED_TRACE(text);
        EXPECT_FALSE(parse_size(text));
    }
}

TEST(Units, AreWrittenAsTheyWouldBeRead) {
    for (const auto* text : {"0s", "1ms", "90s", "24h", "1d", "30d"})
        if (std::string_view(text) != "24h") {
            EXPECT_EQ(format_duration(parse_duration(text).value()), text);
        }
    EXPECT_EQ(format_duration(24h), "1d");
    EXPECT_EQ(format_size({0}), "0B");
    EXPECT_EQ(format_size({8u << 20}), "8MiB");
    EXPECT_EQ(format_size({1025}), "1025B");
}

} // namespace
} // namespace webhookd
