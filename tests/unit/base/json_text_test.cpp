#include "webhookd/base/json_text.hpp"

#include <nlohmann/json.hpp>

namespace webhookd {
namespace {

std::string as_json(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(JsonText, EscapesWhatJsonAsksFor) {
    EXPECT_EQ(as_json(R"(a "b" \ c)"), R"("a \"b\" \\ c")");
    EXPECT_EQ(as_json("\n\r\t\x01\x1f"), R"("\n\r\t\u0001\u001f")");
    EXPECT_EQ(as_json("größer 😀"), "\"größer 😀\"");
}

TEST(JsonText, AnyBytesMakeAStringThatCanBeRead) {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    EXPECT_TRUE(nlohmann::json::accept(as_json(all)));
    EXPECT_EQ(as_json("a\xff"
                      "b\xe2\x82"),
              "\"a\xef\xbf\xbd"
              "b\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(JsonText, ReadsBackAsItWas) {
    const std::string text = "line\n\"quote\" \\ tab\t ünï";
    EXPECT_EQ(nlohmann::json::parse(as_json(text)), text);
}

TEST(JsonText, PutsAValueOnOneLine) {
    std::string out = "before\n";
    append_json_line(out, "{\n  \"a\": 1,\r\n  \"b\": 2\n}");
    EXPECT_EQ(out, "before\n{   \"a\": 1,    \"b\": 2 }");
}

} // namespace
} // namespace webhookd
