#include "unit/event/decoding.hpp"

#include <gtest/gtest.h>

namespace webhookd::event {
namespace {

/// Puts a JSON text where anything is allowed.
std::string wrapped(std::string_view json) {
    return "{\"data\":{\"x\":" + std::string(json) + "},\"event_type\":\"SOMETHING_NEW\"}";
}

struct Case {
    std::string_view what;
    std::string_view json;
};

TEST(StrictJson, AcceptsEveryFormOfTheGrammar) {
    for (const auto& [what, json] : std::initializer_list<Case>{
             {"zero", "0"},
             {"negative zero", "-0"},
             {"fraction", "-0.5"},
             {"exponent", "1E+2"},
             {"integer beyond 64 bit", "123456789012345678901234567890"},
             {"beyond a double", "1e400"},
             {"literals", "[true,false,null]"},
             {"empty containers", "[{},[]]"},
             {"white space", " [ 1 , \t\r\n 2 ] "},
             {"every escape", R"("\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE80\u0000")"},
             {"raw UTF-8", "\"caf\u00e9 \U0001F680\""},
             {"delete is no control character", "\"\x7f\""},
             {"escaped quote last", R"("\\\"")"},
             {"empty name", R"({"":0})"},
             {"names that differ in case", R"({"a":0,"A":1})"},
             {"unsorted names", R"({"b":0,"a":1,"c":2})"},
             {"one name begins the other", R"({"ab":0,"a":1,"abc":2})"},
         }) {
        SCOPED_TRACE(what);
        const auto reading = decode(wrapped(json));
        EXPECT_TRUE(reading.valid()) << json << reading.reasons();
    }
}

TEST(StrictJson, RefusesEverythingElse) {
    for (const auto& [what, json] : std::initializer_list<Case>{
             {"leading zero", "01"},
             {"leading plus", "+1"},
             {"bare minus", "-"},
             {"bare point", "1."},
             {"no digit before the point", ".5"},
             {"bare exponent", "1e"},
             {"signed bare exponent", "1e+"},
             {"number with a tail", "1a"},
             {"hexadecimal", "0x10"},
             {"infinity", "Infinity"},
             {"not a number", "NaN"},
             {"misspelt literal", "tru"},
             {"literal with a tail", "truex"},
             {"literal with a quote behind it", "true\"x\""},
             {"upper-case literal", "True"},
             {"comma at the end", "[1,]"},
             {"comma at the beginning", "[,1]"},
             {"two commas", "[1,,2]"},
             {"no comma", "[1 2]"},
             {"no comma between texts", R"(["a""b"])"},
             {"brackets that do not fit", "[1}"},
             {"object closed by a bracket", R"({"a":1])"},
             {"member without a name", "{1:2}"},
             {"member without a colon", R"({"a" 1})"},
             {"member without a value", R"({"a":})"},
             {"member without anything", R"({"a"})"},
             {"comma before the end of an object", R"({"a":1,})"},
             {"single quotes", "'a'"},
             {"comment", "/* */ 1"},
             {"unknown escape", R"("\x41")"},
             {"short \\u", R"("\u12")"},
             {"\\u without digits", R"("\u12G4")"},
             {"high surrogate alone", R"("\uD83D")"},
             {"high surrogate before something else", R"("\uD83Dx")"},
             {"two high surrogates", R"("\uD83D\uD83D")"},
             {"low surrogate alone", R"("\uDE80")"},
             {"raw control character", "\"\x01\""},
             {"raw line break", "\"\n\""},
             {"invalid UTF-8", "\"\xff\""},
             {"overlong UTF-8", "\"\xc0\xaf\""},
             {"surrogate in UTF-8", "\"\xed\xa0\x80\""},
             {"form feed between tokens", "\f1"},
             {"no-break space between tokens", "\xc2\xa0 1"},
         }) {
        SCOPED_TRACE(what);
        const auto reading = decode(wrapped(json));
        EXPECT_TRUE(reading.unreadable()) << json;
        EXPECT_EQ(reading.reasons(), " json\n");
    }
}

TEST(StrictJson, RefusesWhatIsNotOneValue) {
    for (const std::string_view body :
         {"", " ", "{} {}", "{}x", "{", "[", "\"", "{\"a\":1", "\xef\xbb\xbf{}", "]", ",", ":"})
        EXPECT_TRUE(decode(body).unreadable()) << body;
}

TEST(StrictJson, RefusesNamesThatComeTwiceOnceUnescaped) {
    for (const std::string_view object :
         {R"({"a":1,"a":2})", R"({"a":1,"b":2,"a":3})", R"({"a":1,"\u0061":2})", R"({"b":0,"a":1,"b":2})",
          R"({"identifier":1,"identifier":2})", R"({"":1,"":2})", R"({"a\u0000":1,"a\u0000":2})"}) {
        const auto reading = decode(wrapped(object));
        EXPECT_TRUE(reading.unreadable()) << object;
        EXPECT_EQ(reading.reasons(), " duplicate-key\n");
    }
    EXPECT_TRUE(decode(wrapped(R"({"a":{"a":1},"b":{"a":1}})")).valid());
    EXPECT_TRUE(decode(wrapped(R"({"a":1,"a\u0000":2})")).valid());
}

TEST(StrictJson, BoundsTheDepth) {
    const auto nested = [](int depth) {
        return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
    };
    EXPECT_TRUE(decode(wrapped(nested(max_depth - 2))).valid()); // two are the message's own
    const auto reading = decode(wrapped(nested(max_depth - 1)));
    EXPECT_TRUE(reading.unreadable());
    EXPECT_EQ(reading.reasons(), " depth\n");
    EXPECT_TRUE(decode(std::string(100'000, '[')).unreadable());
}

TEST(StrictJson, BoundsTheNumberOfValues) {
    std::string many = "[0";
    for (int i = 0; i < 1'000'000; ++i) many += ",0";
    const auto reading = decode(wrapped(many + "]"));
    EXPECT_TRUE(reading.unreadable());
    EXPECT_EQ(reading.reasons(), " size\n");
    EXPECT_TRUE(decode(wrapped("[]")).valid()) << "the next body is read as ever";
}

TEST(StrictJson, BodiesThatAreNoObjectAreReadButAreNoMessage) {
    for (const std::string_view body : {"[]", "1", "\"text\"", "null", "true"}) {
        const auto reading = decode(body);
        EXPECT_TRUE(reading.invalid()) << body;
        EXPECT_EQ(reading.reasons(), " type\n");
    }
}

TEST(StrictJson, NothingBehindTheBodyIsTaken) {
    for (std::size_t size = 0; size < 60; ++size) {
        const std::string body =
            R"({"data":{"a":"\u00e9",)" + std::string(size, ' ') + R"("b":12.5e-3},"event_type":"NEW"})";
        for (std::size_t cut = 1; cut <= body.size(); ++cut)
            EXPECT_TRUE(decode(std::string_view(body).substr(0, body.size() - cut)).unreadable());
        EXPECT_TRUE(decode(body).valid());
    }
    EXPECT_TRUE(decode("12").invalid());
    EXPECT_TRUE(decode("-").unreadable());
}

} // namespace
} // namespace webhookd::event
