#include "fuzz/decode_harness.hpp"
#include "support/corpus.hpp"
#include "support/data.hpp"
#include "unit/event/decoding.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <sstream>

namespace webhookd::event {
namespace {

using nlohmann::json;

DecodeHarness& harness() {
    static DecodeHarness one(WEBHOOKD_TEST_DATA "/published_document.json");
    return one;
}

struct JsonCase {
    std::string name;
    bool accepted;
    std::string body;
};

/// tests/data/json_cases.jsonl: a character of `body` is a byte, `times` repeats it.
std::vector<JsonCase> json_cases() {
    std::vector<JsonCase> cases;
    std::istringstream lines(test_data("json_cases.jsonl"));
    for (std::string line; std::getline(lines, line);) {
        const auto row = json::parse(line);
        std::string bytes, body;
        const auto characters = row["body"].get<std::string>(); // UTF-8 of characters up to U+00FF
        for (std::size_t i = 0; i < characters.size(); ++i) {
            const auto byte = static_cast<unsigned char>(characters[i]);
            bytes += byte < 0x80
                         ? characters[i]
                         : static_cast<char>((byte & 0x03) << 6 | (static_cast<unsigned char>(characters[++i]) & 0x3f));
        }
        for (int times = row.value("times", 1); times > 0; --times) body += bytes;
        cases.push_back({row["name"], row["expect"] == "accept", body});
    }
    return cases;
}

TEST(JsonCases, AreReadOrRefusedAsListed) {
    const auto cases = json_cases();
    ASSERT_GT(cases.size(), 300u);
    for (const auto& one : cases)
        EXPECT_EQ(!decode(one.body).unreadable(), one.accepted) << one.name << ": " << one.body.substr(0, 100);
}

TEST(JsonCases, AreReadOrRefusedAlikeInsideAMessage) {
    for (const auto& one : json_cases()) {
        if (one.name == "structure nested 64 levels") continue; // 65 with the message around it
        if (one.body.find_first_not_of(" \t\r\n") == std::string::npos) continue;
        const auto body = "{\"data\":{\"x\":" + one.body + "},\"event_type\":\"NEW\"}";
        // What closes more than it opened can fit by chance only where the message goes on as the case began.
        EXPECT_EQ(decode(body).valid(), one.accepted) << one.name;
    }
}

TEST(HostileBodies, AnEmptyBodyMayBeTheFirstAndMayFollowALargeOne) {
    const std::string padding(body_padding, ' ');
    Decoder decoder;
    EXPECT_EQ(decoder.decode(std::string_view(padding).substr(0, 0), {}).verdict, Decoded::Verdict::unreadable);
    const auto large = "{\"data\": {\"x\": \"" + std::string(2 << 20, 'x') + "\"}, \"event_type\": \"NEW\"}";
    const auto padded = large + padding;
    EXPECT_EQ(decoder.decode(std::string_view(padded).substr(0, large.size()), {}).verdict, Decoded::Verdict::valid);
    EXPECT_EQ(decoder.decode(std::string_view(padding).substr(0, 0), {}).verdict, Decoded::Verdict::unreadable);
}

TEST(HostileBodies, ReferenceAgreesOnEveryCase) {
    for (const auto& one : json_cases()) EXPECT_EQ(harness().complaint(one.body), "") << one.name;
}

TEST(HostileBodies, ReferenceAgreesOnEverySampleAndEveryPrefixOfOne) {
    for (const auto& file : std::filesystem::directory_iterator(WEBHOOKD_TEST_DATA "/samples")) {
        const auto body = test_data("samples/" + file.path().filename().string());
        EXPECT_EQ(harness().complaint(body), "") << file.path();
        for (std::size_t size = 0; size < body.size(); size += 37)
            EXPECT_EQ(harness().complaint(std::string_view(body).substr(0, size)), "") << file.path();
    }
}

TEST(HostileBodies, CorpusOfTheFuzzerHolds) {
    replay_corpus("decode", [](std::string_view body) { return harness().complaint(body); });
}

} // namespace
} // namespace webhookd::event
