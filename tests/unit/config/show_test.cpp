#include "webhookd/config/show.hpp"

#include "unit/config/loading.hpp"
#include "webhookd/config/example.hpp"
#include "webhookd/config/mask.hpp"

namespace webhookd::config {
namespace {

using testing::HasSubstr;
using testing::Not;

using Show = Loading;

constexpr std::string_view everything = R"(
[endpoint.two]
path = "/two"
secrets = [{ name = "x", value = "canary-of-endpoint" }]
[admin]
token = "canary-of-the-admin-page"
[sink.one]
type = "probe"
url = "https://user:canary-in-user-info@example.com/a?token=canary-in-query&x=1"
headers = { Authorization = "canary-of-header" }
properties = { "sasl.password" = "canary-of-property", "client.id" = "shown" }
key = "canary-of-the-sink"
)";

TEST_F(Show, NoSecretOfAnyKindAppears) {
    const auto all = sections(good(with(everything)), kinds);
    for (const auto& text : {to_toml(all), to_json(all).dump()}) {
        EXPECT_THAT(text, Not(HasSubstr("canary")));
        EXPECT_THAT(text, Not(HasSubstr("long enough")));
        EXPECT_THAT(text, HasSubstr("shown"));
        EXPECT_THAT(text, HasSubstr("********@example.com/a?token=********&x=1"));
    }
}

TEST_F(Show, AProblemDoesNotQuoteWhatMayHoldAPassword) {
    const auto found = problems(with("[admin]\naddress = \"redis//u:canary@nowhere\"\n"));
    EXPECT_THAT(found, testing::Contains(HasSubstr("admin.address: the text ")));
    EXPECT_THAT(found, testing::Each(Not(HasSubstr("canary"))));
}

TEST_F(Show, WhatIsShownReadsBackTheSame) {
    const auto shown = to_toml(sections(good(with(everything)), kinds));
    const auto again = to_toml(sections(good(shown), kinds));
    EXPECT_EQ(again, shown);
    EXPECT_THAT(shown, HasSubstr("[listen]\naddress = \"127.0.0.1:8080\"\ntls = false\nthreads = 0\n"));
    EXPECT_THAT(shown, HasSubstr("[endpoint.two]\npath = \"/two\"\n"));
    EXPECT_THAT(shown, HasSubstr("batch = { max_events = 100, max_delay = \"1s\" }\n"));
}

TEST_F(Show, TextsAreWrittenAsTomlWhateverTheyHold) {
    EXPECT_EQ(to_toml(nlohmann::ordered_json("a\"b\\c\n\x7f\x01")), R"("a\"b\\c\n\u007f\u0001")");
    EXPECT_EQ(to_toml(nlohmann::ordered_json{{"a b", 1}, {"c", {true, "x"}}}), R"({ "a b" = 1, c = [true, "x"] })");
}

TEST_F(Show, TheReferenceNamesEveryKeyAndMarksWhatNeedsARestart) {
    const auto text = reference() + reference(kinds[0]);
    EXPECT_THAT(text, HasSubstr("| `threads` | whole number | `0` | intake threads; 0: one per core ⟳ |"));
    EXPECT_THAT(text, HasSubstr("| `retry.attempts` |"));
    EXPECT_THAT(text, HasSubstr("| `batch.max_events` | whole number | `100` | events in one request |"));
    EXPECT_THAT(text, HasSubstr("| `key` | secret | none | signs |"));
}

TEST(Mask, HidesWhatLooksLikeASecret) {
    const struct {
        std::string_view text, shown;
    } cases[] = {
        {"https://example.com/a@b", "https://example.com/a@b"},
        {"https://u:p@ss@example.com/", "https://********@example.com/"},
        {"postgres://u:p@h/d?password=x&sslmode=require", "postgres://********@h/d?password=********&sslmode=require"},
        {"host=h password=x user=u", "host=h password=******** user=u"},
        {"postgresql://u:pa?s#s@h/d", "postgresql://********@h/d"},
        {"host=h password='x \\' y' user=u", "host=h password=******** user=u"},
        {"nats://token@h:4222, nats://t2@g", "nats://********@h:4222, nats://********@g"},
        {"plain text", "plain text"},
        {"https://h/?api_key=1#f", "https://h/?api_key=********#f"},
    };
    for (const auto& [text, shown] : cases) EXPECT_EQ(mask(text), shown);
    for (const auto* name : {"sasl.password", "X-Api-Key", "Authorization", "ssl.key.pem", "client_secret"})
        EXPECT_TRUE(names_secret(name)) << name;
    for (const auto* name : {"acks", "Content-Type", "keyspace", "monkey"}) EXPECT_FALSE(names_secret(name)) << name;
}

} // namespace
} // namespace webhookd::config
