#include "webhookd/verify/verify.hpp"

#include "support/data.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace webhookd::verify {
namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return bytes;
}

SecretRing ring(std::initializer_list<std::pair<std::string, std::string>> secrets) {
    std::vector<NamedSecret> named;
    for (const auto& [name, value] : secrets) named.push_back({name, Secret(value)});
    return SecretRing(std::move(named));
}

bool fits(std::string_view body, std::string_view signature, const SecretRing& secrets) {
    const auto tag = parse_signature(signature);
    return tag && secrets.verify(body, *tag);
}

struct Vectors {
    int valid = 0, invalid = 0;
};

/// Judges every vector of a file; returns how many there were.
Vectors judge(const std::string& file) {
    std::istringstream lines(test_data(file));
    Vectors seen;
    for (std::string line; std::getline(lines, line);) {
        const auto vector = nlohmann::json::parse(line);
        SCOPED_TRACE(vector["what"].get<std::string>());
        const auto key = from_hex(vector["key"].get<std::string>());
        const auto body = from_hex(vector["body"].get<std::string>());
        EXPECT_EQ(fits(body, vector["signature"].get<std::string>(), ring({{"key", key}})),
                  vector["valid"].get<bool>());
        (vector["valid"].get<bool>() ? seen.valid : seen.invalid)++;
    }
    return seen;
}

TEST(Verify, AgreesWithEveryVector) {
    const auto seen = judge("hmac_sha256.jsonl");
    EXPECT_GT(seen.valid, 90);
    EXPECT_GT(seen.invalid, 25);
}

TEST(Verify, RefusesEveryModifiedTagAndEveryTagThatWasCut) {
    const auto seen = judge("modified_tags.jsonl");
    EXPECT_EQ(seen.valid, 33); // of 256 bits, unmodified
    EXPECT_EQ(seen.invalid, 141);
}

TEST(Verify, SignsEverySampleAsFlagsmithDoes) {
    std::istringstream lines(test_data("sample_signatures.txt"));
    const Secret secret("sample-signing-secret");
    int samples = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        const auto signature = line.substr(0, 64);
        const auto name = line.substr(65);
        SCOPED_TRACE(name);
        EXPECT_EQ(sign(test_data("samples/" + name), secret), signature);
        ++samples;
    }
    EXPECT_EQ(samples, 29);
}

TEST(Verify, EveryFlippedBitOfTheSignatureIsAMismatch) {
    const auto secrets = ring({{"one", "first secret of the ring"}, {"two", "second secret of the ring"}});
    const std::string body = R"({"data": {}})";
    const auto tag = parse_signature(sign(body, Secret("second secret of the ring")));
    ASSERT_TRUE(tag);
    ASSERT_TRUE(secrets.verify(body, *tag));
    for (std::size_t bit = 0; bit < tag->size() * 8; ++bit) {
        auto flipped = *tag;
        flipped[bit / 8] = static_cast<unsigned char>(flipped[bit / 8] ^ (1u << bit % 8));
        EXPECT_EQ(secrets.verify(body, flipped).error(), Refusal::mismatch) << "bit " << bit;
    }
}

TEST(Verify, EveryFlippedBitOfTheBodyIsAMismatch) {
    const auto secrets = ring({{"only", "the secret of this test"}});
    std::string body = "a body that goes over the border of one block of the hash, which is 64 bytes long";
    const auto tag = parse_signature(sign(body, Secret("the secret of this test")));
    ASSERT_TRUE(secrets.verify(body, *tag));
    for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
        auto flipped = body;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(secrets.verify(flipped, *tag)) << "bit " << bit;
    }
}

TEST(Verify, EveryFlippedBitOfTheKeyIsAMismatch) {
    const std::string body = R"({"data": {}})";
    // Shorter than a block of the hash, just one, and longer: such a key is hashed first.
    for (const std::size_t size : {1, 16, 32, 64, 65}) {
        std::string key;
        for (std::size_t i = 0; i < size; ++i) key += static_cast<char>('0' + i);
        const auto tag = parse_signature(sign(body, Secret(key)));
        ASSERT_TRUE(ring({{"key", key}}).verify(body, *tag));
        for (std::size_t bit = 0; bit < size * 8; ++bit) {
            auto flipped = key;
            flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
            EXPECT_FALSE(ring({{"key", flipped}}).verify(body, *tag)) << size << " bytes, bit " << bit;
        }
    }
}

TEST(Verify, ATruncatedSignatureHasNoForm) {
    const auto whole = sign("body", Secret("secret"));
    for (std::size_t digits = 0; digits < whole.size(); ++digits)
        EXPECT_FALSE(parse_signature(std::string_view(whole).substr(0, digits))) << digits;
    EXPECT_TRUE(parse_signature(whole));
}

TEST(Verify, NamesTheSecretThatFits) {
    const auto secrets =
        ring({{"2025", "last year's secret"}, {"2026", "this year's secret"}, {"2027", "the next one"}});
    for (const auto& [index, value] : {std::pair<std::size_t, const char*>{0, "last year's secret"},
                                       {1, "this year's secret"},
                                       {2, "the next one"}}) {
        const auto fitting = secrets.verify("body", *parse_signature(sign("body", Secret(value))));
        ASSERT_TRUE(fitting) << value;
        EXPECT_EQ(*fitting, index);
    }
    EXPECT_EQ(secrets.name(1), "2026");
}

TEST(Verify, AnEmptyRingRefusesEverything) {
    const auto none = ring({});
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none.verify("", Tag{}).error(), Refusal::mismatch);
    EXPECT_EQ(none.verify("", *parse_signature(sign("", Secret("")))).error(), Refusal::mismatch);
}

TEST(Verify, AnEmptySecretNeverFits) {
    EXPECT_FALSE(fits("body", sign("body", Secret("")), ring({{"empty", ""}})));
}

} // namespace
} // namespace webhookd::verify
