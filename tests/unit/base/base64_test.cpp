#include "webhookd/base/base64.hpp"

namespace webhookd {
namespace {

constexpr std::pair<std::string_view, std::string_view> pairs[] = {
    {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe\xfd", "//79"}};

TEST(Base64, WritesGroupsOfFourWithPadding) {
    for (const auto& [bytes, text] : pairs) EXPECT_EQ(to_base64(bytes), text);
}

TEST(Base64, ReadsWhatItWrote) {
    for (const auto& [bytes, text] : pairs) EXPECT_EQ(from_base64(text), bytes);
}

TEST(Base64, RefusesEverythingElse) {
    for (const auto* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zm9v\n", "Zm 9v", "Zm9-", "Zh==", "Zm9="})
        EXPECT_FALSE(from_base64(text)) << text;
}

} // namespace
} // namespace webhookd
