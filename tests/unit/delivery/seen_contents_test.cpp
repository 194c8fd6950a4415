#include "delivery/seen_contents.hpp"

namespace webhookd::delivery {
namespace {

TEST(SeenContents, KnowsTheSameContentFromAnotherEndpoint) {
    SeenContents seen;
    const auto id = content_id("body");
    EXPECT_FALSE(seen.repeats(id, "environment"));
    EXPECT_TRUE(seen.repeats(id, "organisation"));
    EXPECT_FALSE(seen.repeats(id, "environment")); // on one endpoint it is another event
    EXPECT_FALSE(seen.repeats(content_id("another"), "organisation"));
}

TEST(SeenContents, TakesNoEventWithAnIdOfItsReceiptForARepeat) {
    SeenContents seen;
    const auto id = receipt_id(now());
    EXPECT_FALSE(seen.repeats(id, "environment"));
    EXPECT_FALSE(seen.repeats(id, "organisation"));
}

TEST(SeenContents, ForgetsTheOldest) {
    SeenContents seen;
    const auto id = content_id("first");
    EXPECT_FALSE(seen.repeats(id, "environment"));
    for (std::size_t i = 0; i < SeenContents::most; ++i) seen.repeats(content_id(std::to_string(i)), "environment");
    EXPECT_FALSE(seen.repeats(id, "organisation"));
}

} // namespace
} // namespace webhookd::delivery
