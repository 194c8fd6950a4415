#include "webhookd/base/id.hpp"

#include <gtest/gtest.h>

#include <set>

namespace webhookd {
namespace {

TEST(ContentId, IsTheSameForTheSameBytesOnly) {
    EXPECT_EQ(content_id("abc"), content_id("abc"));
    EXPECT_NE(content_id("abc"), content_id("abd"));
    // SHA-256 of "abc" begins ba7816bf 8f01cfea 414140de 5dae2223 (FIPS 180-4, example).
    EXPECT_EQ(to_string(content_id("abc")), "ba7816bf-8f01-8fea-8141-40de5dae2223");
    EXPECT_TRUE(content_id("abc").from_content());
}

TEST(ReceiptId, RisesWithinAThreadAndCarriesTheTime) {
    const Time time{std::chrono::milliseconds{0x0123456789ab}};
    std::set<EventId> seen;
    EventId last{};
    for (int i = 0; i < 20'000; ++i) { // more than one millisecond's counter holds
        const auto id = receipt_id(time);
        EXPECT_LT(last, id);
        last = id;
        seen.insert(id);
    }
    EXPECT_EQ(seen.size(), 20'000u);
    EXPECT_EQ(to_string(*seen.begin()).substr(0, 15), "01234567-89ab-7");
    EXPECT_FALSE(last.from_content());
}

TEST(Ids, SurviveTheirTextForm) {
    const auto id = content_id("x");
    EXPECT_EQ(parse_id(to_string(id)), id);
    for (const auto* text : {"", "ba7816bf-8f01-8fea-8141-40de5dae222", "ba7816bf-8f01-8fea-8141-40de5dae222g",
                             "ba7816bf8f01-8fea-8141-40de5dae22233-"}) {
        SCOPED_TRACE(text);
        EXPECT_FALSE(parse_id(text));
    }
}

} // namespace
} // namespace webhookd
