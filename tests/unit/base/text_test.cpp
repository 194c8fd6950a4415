#include "webhookd/base/text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace webhookd {
namespace {

TEST(Escape, LeavesWhatIsReadable) {
    EXPECT_EQ(escape("Größe ✓ 🎉 \"x\" \\n"), "Größe ✓ 🎉 \"x\" \\n");
}

TEST(Escape, MakesOneLineOfAnything) {
    EXPECT_EQ(escape("a\nb\r\tc"), "a\\nb\\r\\tc");
    EXPECT_EQ(escape("\x1b[31mred\x7f"), "\\x1b[31mred\\x7f");
    EXPECT_EQ(escape(std::string_view("\0", 1)), "\\x00");
    EXPECT_EQ(escape("\xe2\x80\xa8\xe2\x80\xa9"), "\\u2028\\u2029"); // line and paragraph separator
    EXPECT_EQ(escape("\xe2\x80\xae\xe2\x81\xa6"), "\\u202e\\u2066"); // bidirectional override and isolate
    EXPECT_EQ(escape("\xc2\x85"), "\\u0085");                        // NEL, a C1 control
}

TEST(Escape, ShowsInvalidUtf8AsBytes) {
    EXPECT_EQ(escape("\xff"), "\\xff");
    EXPECT_EQ(escape("\xc0\xaf"), "\\xc0\\xaf");          // overlong
    EXPECT_EQ(escape("\xed\xa0\x80"), "\\xed\\xa0\\x80"); // surrogate
    EXPECT_EQ(escape("a\xe2\x82"), "a\\xe2\\x82");        // cut off
}

TEST(Utf8, IsToldFromWhatOnlyLooksLikeIt) {
    EXPECT_TRUE(is_utf8("plain, Größe, 🎉"));
    for (const auto* text : {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                             "\xf5\x80\x80\x80"}) {
        SCOPED_TRACE(escape(text));
        EXPECT_FALSE(is_utf8(text));
    }
}

TEST(Glob, MatchesAsAShellDoes) {
    EXPECT_TRUE(glob_match("checkout_*", "checkout_v2"));
    EXPECT_TRUE(glob_match("*", ""));
    EXPECT_TRUE(glob_match("a*b*c", "a-b-b-c"));
    EXPECT_TRUE(glob_match("?x", "äx"));
    EXPECT_TRUE(glob_match("v[0-9]", "v7"));
    EXPECT_TRUE(glob_match("v[!0-9]", "vx"));
    EXPECT_TRUE(glob_match("\\*", "*"));
    EXPECT_FALSE(glob_match("checkout_*", "Checkout_v2"));
    EXPECT_FALSE(glob_match("\\*", "x"));
    EXPECT_FALSE(glob_match("a?", "a"));
    EXPECT_FALSE(glob_match("", "a"));
}

TEST(Glob, IsNotExponential) {
    const std::string text(20'000, 'a');
    EXPECT_FALSE(glob_match("*a*a*a*a*a*a*a*a*a*a*b", text));
}

TEST(DidYouMean, FindsTheNearWordAndNoOther) {
    constexpr std::array<std::string_view, 3> words{"tolerance", "timeout", "retry"};
    EXPECT_EQ(did_you_mean("tolerence", words), "tolerance");
    EXPECT_EQ(did_you_mean("rerty", words), "retry");
    EXPECT_EQ(did_you_mean("colour", words), std::nullopt);
}

} // namespace
} // namespace webhookd
