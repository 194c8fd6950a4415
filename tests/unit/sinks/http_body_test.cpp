#include "sinks/http/answer.hpp"
#include "sinks/http/body.hpp"
#include "sinks/http/signature.hpp"
#include "webhookd/base/base64.hpp"

#include <nlohmann/json.hpp>

#include <deque>

namespace webhookd::sinks::http {
namespace {

using event::Format;
using nlohmann::json;
using sink::Outcome;

class HttpBodyTest : public ::testing::Test {
protected:
    void event(std::string_view flag, std::string_view environment, std::string body = R"({"a": 1})") {
        auto& kept = kept_.emplace_back();
        kept.first.add(Attribute::type, "com.flagsmith.flag.updated");
        kept.first.add(Attribute::flag, flag);
        kept.first.add(Attribute::environment, environment);
        kept.second = std::move(body);
        events.push_back({events.size() + 1, content_id(kept.second),
                          Time(std::chrono::microseconds(1'700'000'000'000'042)), kept.first.view(), kept.second});
    }
    std::string written(std::string_view body, Format format = Format::cloudevents) {
        const auto made = Body::make(body, "", format);
        EXPECT_TRUE(made) << made.error().message;
        std::string out;
        made->append(out, events);
        content_type = made->content_type();
        return out;
    }

    std::vector<event::Event> events;
    std::string content_type;

private:
    std::deque<std::pair<AttributeWriter, std::string>> kept_;
};

TEST_F(HttpBodyTest, AnEventIsWhatItsFormatMakesOfIt) {
    event("a", "P");
    std::string expected;
    append_event(expected, events[0], Format::cloudevents);
    EXPECT_EQ(written("event"), expected);
    EXPECT_EQ(content_type, "application/cloudevents+json");
    EXPECT_EQ(written("event", Format::raw), R"({"a": 1})");
    EXPECT_EQ(content_type, "application/json");
}

TEST_F(HttpBodyTest, LinesAreOneForEachEventEvenOfRawBodies) {
    event("a", "P", "{\n\"a\": 1}");
    event("b", "P");
    EXPECT_EQ(written("ndjson", Format::raw), "{ \"a\": 1}\n{\"a\": 1}\n");
    EXPECT_EQ(content_type, "application/x-ndjson");
}

TEST_F(HttpBodyTest, AnArrayHoldsValues) {
    event("a", "P");
    event("b", "P");
    EXPECT_EQ(written("array", Format::raw), R"([{"a": 1},{"a": 1}])");
    EXPECT_EQ(json::parse(written("array")).size(), 2u);
    EXPECT_EQ(content_type, "application/cloudevents-batch+json");
    EXPECT_TRUE(json::parse(written("array", Format::text))[0].is_string());
}

TEST_F(HttpBodyTest, SplunkGetsTimeEventAndFields) {
    event("a\"b", "Production");
    event("c", "Production");
    std::istringstream lines(written("splunk"));
    std::string line;
    std::getline(lines, line);
    const auto first = json::parse(line);
    EXPECT_EQ(first["time"].dump(), "1700000000.000042");
    EXPECT_EQ(first["sourcetype"], "com.flagsmith.flag.updated");
    EXPECT_EQ(first["fields"]["flag"], "a\"b");
    EXPECT_EQ(first["event"]["data"]["a"], 1);
    std::getline(lines, line);
    EXPECT_EQ(json::parse(line)["fields"]["flag"], "c");
}

TEST_F(HttpBodyTest, LokiGetsOneStreamForEachSetOfLabels) {
    event("a", "Production");
    event("b", "Staging");
    event("c", "Production");
    const auto body = json::parse(written("loki", Format::logfmt));
    ASSERT_EQ(body["streams"].size(), 2u);
    const auto& production = body["streams"][0];
    EXPECT_EQ(production["stream"]["environment"], "Production");
    EXPECT_EQ(production["stream"]["service_name"], "flagsmith-webhookd");
    ASSERT_EQ(production["values"].size(), 2u);
    EXPECT_EQ(production["values"][0][0], "1700000000000042000");
    EXPECT_NE(production["values"][1][1].get<std::string>().find("flag=c"), std::string::npos);
}

TEST_F(HttpBodyTest, ElasticsearchGetsAnActionAndADocumentForEachEvent) {
    event("a", "P");
    for (const auto format : {Format::cloudevents, Format::raw, Format::text}) {
        std::istringstream lines(written("elasticsearch", format));
        std::string action, document;
        std::getline(lines, action);
        std::getline(lines, document);
        EXPECT_EQ(json::parse(action)["create"]["_id"], to_string(events[0].id));
        EXPECT_EQ(json::parse(document)["@timestamp"], "2023-11-14T22:13:20.000042Z");
    }
}

TEST_F(HttpBodyTest, ATextIsFilledAndSaysWhatItIs) {
    event("a", "P");
    EXPECT_EQ(written(R"({"text": "{flag} changed"})"), R"({"text": "a changed"})");
    EXPECT_EQ(content_type, "application/json");
    EXPECT_EQ(written("{flag} changed"), "a changed");
    EXPECT_EQ(content_type, "text/plain; charset=utf-8");
}

TEST_F(HttpBodyTest, ATextThatMakesNoJsonIsRefused) {
    EXPECT_FALSE(Body::make(R"({"text": {flag})", "", Format::cloudevents));
    EXPECT_FALSE(Body::make("{flag}, {actor}", "application/json", Format::cloudevents));
    EXPECT_TRUE(Body::make(R"({"text": {flag}, "event": {data}})", "", Format::cloudevents));
}

// --- answers ---

Verdict verdict(unsigned status, std::string_view method = "POST", std::optional<Duration> after = {}) {
    return judge({.status = status, .body = {}, .retry_after = after}, method);
}

TEST(HttpAnswer, SaysWhatBecameOfAnEvent) {
    using Kind = Verdict::Kind;
    for (const auto status : {200u, 201u, 202u, 204u}) EXPECT_EQ(verdict(status).kind, Kind::delivered) << status;
    for (const auto status : {408u, 425u, 429u}) EXPECT_EQ(verdict(status).kind, Kind::away) << status;
    for (const auto status : {500u, 502u, 503u, 504u, 599u}) EXPECT_EQ(verdict(status).kind, Kind::retry) << status;
    for (const auto status : {301u, 302u, 307u, 400u, 401u, 403u, 404u, 410u, 413u, 422u})
        EXPECT_EQ(verdict(status).kind, Kind::refused) << status;
}

TEST(HttpAnswer, ServiceUnavailableForATimeIsAway) {
    const auto away = verdict(503, "POST", Duration(5000));
    EXPECT_EQ(away.kind, Verdict::Kind::away);
    EXPECT_EQ(away.after, Duration(5000));
}

TEST(HttpAnswer, WhatIsNotThereCountsAsDeleted) {
    EXPECT_EQ(verdict(404, "DELETE").kind, Verdict::Kind::delivered);
    EXPECT_EQ(verdict(410, "DELETE").kind, Verdict::Kind::delivered);
    EXPECT_EQ(verdict(400, "DELETE").kind, Verdict::Kind::refused);
}

TEST(HttpAnswer, ABulkAnswerJudgesEachEvent) {
    const auto outcomes = judge_bulk(R"({"errors": true, "items": [{"create": {"status": 201}},
        {"create": {"status": 409}}, {"create": {"status": 429}}, {"create": {"status": 400}}, {"create": {"status": 503}}]})",
                                     5);
    ASSERT_TRUE(outcomes);
    const Outcome::Kind expected[] = {Outcome::Kind::delivered, Outcome::Kind::delivered, Outcome::Kind::retry,
                                      Outcome::Kind::reject, Outcome::Kind::retry};
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ((*outcomes)[i].kind, expected[i]) << i;
}

TEST(HttpAnswer, ABulkAnswerWithoutErrorsNeedsNoItems) {
    EXPECT_EQ(judge_bulk(R"({"errors": false})", 3)->size(), 3u);
}

TEST(HttpAnswer, WhatIsNoBulkAnswerJudgesNothing) {
    for (const auto* body : {"", "ok", "{}", "[]", R"({"errors": true, "items": []})", R"({"items": [{}]})",
                             R"({"items": [{"create": 1}]})", R"({"items": "x"})"})
        EXPECT_FALSE(judge_bulk(body, 1)) << body;
}

// --- signatures ---

TEST(HttpSignature, IsTheExampleOfStandardWebhooks) {
    const Sign settings{Sign::Scheme::standard_webhooks, Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")};
    EXPECT_NO_THROW(Signer{settings});
    const Secret key(from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value());
    EXPECT_EQ(standard_webhooks_signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(HttpSignature, RefusesASecretThatOnlyLooksLikeOne) {
    EXPECT_THROW(Signer({Sign::Scheme::standard_webhooks, Secret("whsec_not base64")}), std::runtime_error);
}

TEST(HttpSignature, IsFlagsmithsOwn) {
    std::string headers;
    Signer({Sign::Scheme::flagsmith, Secret("sample-signing-secret")}).append(headers, R"({"a": 1})", {}, {});
    EXPECT_TRUE(headers.starts_with("X-Flagsmith-Signature: "));
    EXPECT_EQ(headers.size(), std::string_view("X-Flagsmith-Signature: \r\n").size() + 64);
}

} // namespace
} // namespace webhookd::sinks::http
