#include "support/data.hpp"
#include "unit/event/decoding.hpp"
#include "webhookd/event/format.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace webhookd::event {
namespace {

/// An event with its attributes as the decoder makes them.
struct Stored {
    explicit Stored(std::string body_) : body(std::move(body_)), reading(decode(body)) {}
    Stored(std::initializer_list<std::pair<Attribute, std::string_view>> attributes, std::string body_ = "{}")
        : body(std::move(body_)), reading{} {
        AttributeWriter writer;
        for (const auto& [attribute, value] : attributes) writer.add(attribute, value);
        reading.bytes = writer.bytes();
    }
    std::string in(Format format, bool redelivery = false) const {
        std::string out = "before ";
        append_event(out,
                     {.sequence = 7,
                      .id = *parse_id("0198d2a4-7c11-8abc-9def-0123456789ab"),
                      .received = parse_time("2026-11-23T14:02:11.004512Z").value(),
                      .attributes = AttributeView(reading.bytes),
                      .body = body,
                      .redelivery = redelivery},
                     format);
        EXPECT_EQ(out.substr(0, 7), "before ");
        return out.substr(7);
    }
    std::string body;
    Reading reading;
};

std::string sample(const char* name) {
    return test_data(std::string("samples/") + name + ".json");
}

TEST(CloudEvents, AreOneLineWithTheBodyByteForByte) {
    const auto body = sample("environment-flag-updated-unicode");
    const auto line = Stored(body).in(Format::cloudevents);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const std::string end = R"(,"datacontenttype":"application/json","data":)" + body + "}";
    ASSERT_GE(line.size(), end.size());
    EXPECT_EQ(line.substr(line.size() - end.size()), end);

    const auto event = nlohmann::json::parse(line);
    EXPECT_EQ(event["specversion"], "1.0");
    EXPECT_EQ(event["id"], "0198d2a4-7c11-8abc-9def-0123456789ab");
    EXPECT_EQ(event["source"], "/hooks");
    EXPECT_EQ(event["type"], "com.flagsmith.flag.updated");
    EXPECT_EQ(event["subject"], "grüße");
    EXPECT_EQ(event["time"], "2026-11-23T14:02:11.004512Z");
    EXPECT_EQ(event["statetime"], "2026-08-21T10:31:07.004211Z");
    EXPECT_EQ(event["actor"], "zoë@example.com");
    EXPECT_EQ(event["changed"], "value");
    EXPECT_EQ(event["enabled"], true);
    EXPECT_EQ(event["wasenabled"], true);
    EXPECT_FALSE(event.contains("redelivery"));
    EXPECT_FALSE(event.contains("test"));
}

TEST(CloudEvents, ShowOnlyPublicAttributes) {
    const auto event =
        nlohmann::json::parse(Stored(sample("environment-flag-updated-segment-override")).in(Format::cloudevents));
    EXPECT_EQ(event["scope"], "segment");
    EXPECT_FALSE(event.contains("segment"));
    EXPECT_FALSE(nlohmann::json::parse(Stored(sample("organisation-audit-log-created")).in(Format::cloudevents))
                     .contains("log"));
}

TEST(CloudEvents, MarkTestsAndRedeliveriesAsBooleans) {
    const auto event = nlohmann::json::parse(Stored(sample("test-button-environment")).in(Format::cloudevents, true));
    EXPECT_EQ(event["test"], true);
    EXPECT_EQ(event["redelivery"], true);
}

TEST(CloudEvents, LineBreaksBetweenTokensBecomeSpacesAndNothingElseChanges) {
    const std::string body = "{\r\n\t\"data\": {\"a\":\n\"x\\n\\r  y\", \"b\" : [1,\r2]},\n\"event_type\":\"NEW\"}\n";
    const auto line = Stored(body).in(Format::cloudevents);
    auto expected = body;
    for (auto& c : expected)
        if (c == '\n' || c == '\r') c = ' ';
    EXPECT_NE(line.find("\"data\":" + expected + "}"), std::string::npos);
    EXPECT_EQ(nlohmann::json::parse(line)["data"], nlohmann::json::parse(body));
}

TEST(CloudEvents, EscapeAttributes) {
    constexpr std::string_view hostile =
        "\" \\ \n\r\t \x01\x1b[2J \x7f \u009b \u202e \u2028 \u2066 \ufeff \u061c caf\u00e9 \u65e5 \u2020 \U0001F680";
    const auto line = Stored({{Attribute::flag, hostile}}).in(Format::cloudevents);
    EXPECT_EQ(nlohmann::json::parse(line)["flag"], hostile);
    for (const std::string_view raw :
         {"\n", "\r", "\x1b", "\x7f", "\u009b", "\u202e", "\u2028", "\u2066", "\ufeff", "\u061c"})
        EXPECT_EQ(line.find(raw), std::string::npos) << raw;
    for (const std::string_view plain : {"caf\u00e9", "\u65e5", "\u2020", "\U0001F680"})
        EXPECT_NE(line.find(plain), std::string::npos) << plain;
}

TEST(CloudEvents, HaveRoomForTheWorst) {
    const std::string worst(max_attribute_bytes, '\x01');
    std::vector<std::pair<Attribute, std::string_view>> all;
    AttributeWriter writer;
    for (const auto& row : attribute_table) writer.add(row.attribute, worst);
    Stored stored({});
    stored.reading.bytes = writer.bytes();
    for (const auto format : {Format::cloudevents, Format::logfmt, Format::text})
        EXPECT_GT(stored.in(format, true).size(), worst.size());
}

TEST(RawFormat, IsWhatWasReceived) {
    EXPECT_EQ(Stored("{\n\"a\": 1}\n").in(Format::raw), "{\n\"a\": 1}\n");
}

TEST(Logfmt, QuotesOnlyWhatMustBe) {
    EXPECT_EQ(Stored(sample("environment-flag-updated-segment-override")).in(Format::logfmt),
              "time=2026-11-23T14:02:11.004512Z id=0198d2a4-7c11-8abc-9def-0123456789ab "
              "type=com.flagsmith.flag.updated source=/hooks subject=checkout_v2 statetime=2026-08-21T10:31:07.004211Z "
              "endpoint=hooks eventtype=FLAG_UPDATED flag=checkout_v2 environment=Production project=Storefront "
              "actor=ops@example.com scope=segment changed=value enabled=true wasenabled=true segment=beta-testers");
    EXPECT_EQ(
        Stored({{Attribute::flag, "a b"}, {Attribute::environment, "x=\"1\"\n"}, {Attribute::actor, "\u202eevil"}})
            .in(Format::logfmt, true)
            .substr(72),
        R"( flag="a b" environment="x=\"1\"\n" actor="\u202eevil" redelivery=true)");
    EXPECT_NE(Stored(sample("organisation-audit-log-created"))
                  .in(Format::logfmt)
                  .find(R"( log="Flag state updated for feature: checkout_v2")"),
              std::string::npos);
}

TEST(TextFormat, IsTheLineOfTheContract) {
    Stored stored({{Attribute::type, "com.flagsmith.flag.updated"},
                   {Attribute::subject, "checkout_v2"},
                   {Attribute::flag, "checkout_v2"},
                   {Attribute::environment, "Production"},
                   {Attribute::actor, "jane@example.com"},
                   {Attribute::scope, "environment"},
                   {Attribute::changed, "enabled"},
                   {Attribute::enabled, "true"},
                   {Attribute::wasenabled, "false"}});
    EXPECT_EQ(stored.in(Format::text),
              "2026-11-23T14:02:11Z flag.updated checkout_v2 enabled off→on Production by jane@example.com");
}

TEST(TextFormat, TellsEveryKindOfMessageInOneLine) {
    const auto text = [](const char* name) { return Stored(sample(name)).in(Format::text).substr(21); };
    EXPECT_EQ(text("environment-flag-updated"),
              "flag.updated checkout_v2 enabled off→on Production by ops@example.com");
    EXPECT_EQ(text("environment-flag-updated-created"),
              "flag.created new_banner created off Production by ops@example.com");
    EXPECT_EQ(text("environment-flag-updated-segment-override"),
              "flag.updated checkout_v2 value Production (segment beta-testers) by ops@example.com");
    EXPECT_EQ(text("environment-flag-updated-identity-override"),
              "flag.updated checkout_v2 enabled off→on, value Production (identity user-1842) by ops@example.com");
    EXPECT_EQ(text("environment-flag-deleted"), "flag.deleted old_theme deleted Production by ops@example.com");
    EXPECT_EQ(text("environment-new-version-published-api-key"), "version.published checkout_v2");
    EXPECT_EQ(text("organisation-audit-log-created"),
              "audit_log.created FEATURE_STATE/33120 Production by ops@example.com: "
              "Flag state updated for feature: checkout_v2");
    EXPECT_EQ(text("identity-integration"), "identity.evaluated user-1842");
    EXPECT_EQ(text("test-button-organisation"),
              "audit_log.created FEATURE/1 by user@domain.com: New Flag / Remote Config created: my_feature [test]");
}

TEST(TextFormat, StaysOneLineWhateverTheEventHolds) {
    const auto line = Stored({{Attribute::subject, "a\nb\x1b[31m"},
                              {Attribute::environment, "\u202e\u2028"},
                              {Attribute::log, "one\ntwo"}})
                          .in(Format::text, true);
    EXPECT_EQ(line, R"(2026-11-23T14:02:11Z a\nb\x1b[31m \u202e\u2028: one\ntwo [redelivery])");
}

} // namespace
} // namespace webhookd::event
