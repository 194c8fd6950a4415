#include "webhookd/event/redact.hpp"

#include "support/data.hpp"
#include "unit/event/decoding.hpp"
#include "webhookd/event/format.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>

namespace webhookd::event {
namespace {

using nlohmann::json;

/// An event after redaction.
struct Left {
    bool changed;
    std::string body;
    std::string bytes;

    std::string get(Attribute attribute) const {
        return std::string(AttributeView(bytes).get_or(attribute, "(absent)"));
    }
    /// Everything that can leave: all formats.
    std::string all() const {
        std::string out;
        for (const auto format : {Format::cloudevents, Format::raw, Format::logfmt, Format::text}) {
            append_event(out, {.attributes = AttributeView(bytes), .body = body}, format);
            out += '\n';
        }
        return out;
    }
};

Left redact(std::vector<std::string> rules, const std::string& body, const EndpointRules& endpoint = {.path = "/h"}) {
    auto redactor = Redactor::make(rules).value();
    const auto reading = decode(body, endpoint);
    Left left{false, body, reading.bytes};
    left.changed = redactor.redact({.attributes = AttributeView(reading.bytes), .body = body}, left.body, left.bytes);
    return left;
}

std::string sample(std::string_view name) {
    return test_data("samples/" + std::string(name) + ".json");
}

std::string with(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error("not found: " + std::string(from));
    return text.replace(at, from.size(), to);
}

TEST(Redaction, CutsKeysAndLeavesEveryOtherByte) {
    const auto body = sample("organisation-audit-log-created");
    const auto left = redact({"keys"}, body);
    EXPECT_TRUE(left.changed);
    EXPECT_EQ(left.body, with(body, "\"EXAMPLEclientkey000001\"", "\"[redacted]\""));
    EXPECT_EQ(left.get(Attribute::actor), "ops@example.com");
    EXPECT_EQ(left.bytes, decode(body, {.path = "/h"}).bytes);
}

TEST(Redaction, LeavesAloneWhatHasNothingToHide) {
    EXPECT_FALSE(redact({"keys"}, sample("environment-flag-updated")).changed);
    EXPECT_FALSE(redact({"keys"}, sample("environment-flag-updated-unicode")).changed);
    EXPECT_FALSE(redact({}, sample("organisation-audit-log-created")).changed);
    EXPECT_FALSE(redact({"/data/nothing"}, sample("organisation-audit-log-created")).changed);
    EXPECT_FALSE(redact({"personal"}, R"({"data":{"changed_by":"","identity":null},"event_type":"NEW"})").changed);
}

TEST(Redaction, HidesPersonsInBodyAndAttributes) {
    const auto left = redact({"personal"}, sample("environment-flag-updated-identity-override"));
    const auto body = json::parse(left.body);
    EXPECT_EQ(body["data"]["changed_by"], "[redacted]");
    EXPECT_EQ(body["data"]["new_state"]["identity"], "[redacted]");
    EXPECT_EQ(body["data"]["new_state"]["identity_identifier"], "[redacted]");
    EXPECT_EQ(body["data"]["previous_state"]["identity_identifier"], "[redacted]");
    EXPECT_EQ(left.get(Attribute::actor), "[redacted]");
    EXPECT_EQ(left.get(Attribute::identity), "[redacted]");
    EXPECT_EQ(left.get(Attribute::flag), "checkout_v2");
    EXPECT_EQ(left.get(Attribute::scope), "identity");
    EXPECT_EQ(left.get(Attribute::changed), "enabled,value");
    EXPECT_EQ(left.get(Attribute::enabled), "true");
    EXPECT_EQ(left.all().find("user-1842"), std::string::npos);
    EXPECT_EQ(left.all().find("ops@example.com"), std::string::npos);
}

TEST(Redaction, SubjectOfAnEvaluationIsTheIdentity) {
    for (const auto* name : {"identity-integration", "spec-only-environment-flag-updated"}) {
        const auto left = redact({"personal"}, sample(name));
        EXPECT_EQ(left.get(Attribute::subject), "[redacted]");
        EXPECT_EQ(left.all().find("user-1842"), std::string::npos);
        EXPECT_EQ(left.all().find("90211"), std::string::npos);
    }
}

/// Puts the canary wherever a person may stand, in every message there is; nothing of it may leave.
TEST(Redaction, CanaryNeverLeaves) {
    const std::set<std::string> places{"changed_by",          "email",      "first_name", "last_name", "identity",
                                       "identity_identifier", "trait_value"};
    constexpr std::string_view canary = "canary.o'brien@example.com";
    const std::function<int(json&)> plant = [&](json& value) {
        int planted = 0;
        for (auto& [key, child] : value.items()) {
            if (value.is_object() && places.contains(key) && !child.is_null()) {
                child = canary;
                ++planted;
            } else if (key == "log" || key == "description" || key == "feature_state_value") {
                child = "changed by <" + std::string(canary) + "> today";
            } else if (child.is_structured())
                planted += plant(child);
        }
        return planted;
    };
    for (const auto& file : std::filesystem::directory_iterator(WEBHOOKD_TEST_DATA "/samples")) {
        SCOPED_TRACE(file.path().filename());
        auto message = json::parse(sample(file.path().stem().string()));
        if (plant(message) == 0) continue;
        for (const auto& body :
             {message.dump(), message.dump(2), with(message.dump(), "canary", "\\u0063an\\u0061ry")}) {
            const auto left = redact({"personal"}, body);
            EXPECT_TRUE(left.changed);
            EXPECT_EQ(left.all().find("anary"), std::string::npos) << left.all();
            EXPECT_EQ(left.all().find("brien"), std::string::npos) << left.all();
            EXPECT_TRUE(json::accept(left.body));
        }
    }
}

TEST(Redaction, FindsWhatWasHiddenInOtherTexts) {
    auto body = with(sample("organisation-audit-log-created"), "Flag state updated for feature: checkout_v2",
                     "Robin (ops\\u0040example.com) told Robinson \\ud83d\\ude80: \\\"ask Robin\\\", \\u00e9 Robin");
    auto left = redact({"personal"}, body);
    EXPECT_EQ(json::parse(left.body)["data"]["log"],
              "[redacted] ([redacted]) told Robinson \U0001F680: \"ask [redacted]\", é [redacted]");
    EXPECT_EQ(left.get(Attribute::log),
              "[redacted] ([redacted]) told Robinson \U0001F680: \"ask [redacted]\", é [redacted]");
    EXPECT_NE(left.body.find("told Robinson \\ud83d\\ude80: \\\"ask [redacted]\\\", \\u00e9 [redacted]"),
              std::string::npos)
        << "what stays, stays as it was written";
}

TEST(Redaction, WordsOfTheProtocolAndValuesOfTraitsAreNotLookedFor) {
    auto body = with(sample("identity-integration"), R"("trait_value": "gold")", R"("trait_value": "STANDARD")");
    EXPECT_EQ(json::parse(redact({"personal"}, body).body)["flags"][0]["feature"]["type"], "STANDARD");
    body = with(sample("identity-integration"), R"("trait_value": "gold")", R"("trait_value": "dark")");
    EXPECT_EQ(json::parse(redact({"personal"}, body).body)["flags"][4]["feature_state_value"], "dark");
    body =
        with(sample("organisation-audit-log-created"), R"("first_name": "Robin")", R"("first_name": "FEATURE_STATE")");
    EXPECT_EQ(redact({"personal"}, body).get(Attribute::eventtype), "AUDIT_LOG_CREATED");
    EXPECT_EQ(json::parse(redact({"personal"}, body).body)["data"]["related_object_type"], "FEATURE_STATE");
}

TEST(Redaction, TakesPointers) {
    const auto body = sample("identity-integration");
    const auto left = json::parse(redact({"/flags/*/feature/name", "/traits/1/trait_key", "/segments"}, body).body);
    EXPECT_EQ(left["flags"][0]["feature"]["name"], "[redacted]");
    EXPECT_EQ(left["flags"][5]["feature"]["name"], "[redacted]");
    EXPECT_EQ(left["traits"][0]["trait_key"], "plan");
    EXPECT_EQ(left["traits"][1]["trait_key"], "[redacted]");
    EXPECT_EQ(left["segments"], "[redacted]");
    EXPECT_EQ(left["identity"], "user-1842");

    const std::string odd = R"({"data":{"a/b":{"~":1},"c":[[1,2],[3]]},"event_type":"NEW"})";
    EXPECT_EQ(redact({"/data/a~1b/~0"}, odd).body, with(odd, R"("~":1)", R"("~":"[redacted]")"));
    EXPECT_EQ(redact({"/data/c/*/0"}, odd).body,
              R"({"data":{"a/b":{"~":1},"c":[["[redacted]",2],["[redacted]"]]},"event_type":"NEW"})");
    EXPECT_EQ(redact({"/data/*"}, odd).body, R"({"data":{"a/b":"[redacted]","c":"[redacted]"},"event_type":"NEW"})");
}

TEST(Redaction, WhatAPointerHidesIsGoneFromTheAttributesToo) {
    const auto body = sample("environment-flag-updated");
    auto left = redact({"/data/new_state/enabled"}, body, {.path = "/h", .environment = "Set", .project = "Set"});
    EXPECT_EQ(left.get(Attribute::enabled), "[redacted]");
    EXPECT_EQ(left.get(Attribute::wasenabled), "false");
    EXPECT_EQ(left.get(Attribute::changed), "enabled") << "what kind of change it was, is no content";
    EXPECT_NE(left.all().find("enabled off→[redacted]"), std::string::npos);

    left = redact({"/data/*/environment"}, body, {.path = "/h", .environment = "Production"});
    EXPECT_EQ(left.get(Attribute::environment), "[redacted]");
    EXPECT_EQ(left.all().find("Production"), std::string::npos);

    left = redact({"/data/new_state/feature/name"}, body);
    EXPECT_EQ(left.get(Attribute::flag), "[redacted]");
    EXPECT_EQ(left.get(Attribute::subject), "[redacted]");
    EXPECT_EQ(left.all().find("checkout_v2"), std::string::npos) << "also not as the name in the state before";

    left = redact({"/data"}, body);
    EXPECT_EQ(left.body, R"({"data": "[redacted]", "event_type": "FLAG_UPDATED"})");
    EXPECT_EQ(left.get(Attribute::type), "com.flagsmith.flag.updated");
    EXPECT_EQ(left.get(Attribute::source), "/h");
    for (const auto attribute : {Attribute::flag, Attribute::actor, Attribute::statetime, Attribute::project})
        EXPECT_EQ(left.get(attribute), "[redacted]");
}

TEST(Redaction, LeavesWhatTheEndpointSays) {
    const auto left = redact({"personal"}, sample("environment-new-version-published"),
                             {.path = "/h", .environment = "Production", .project = "Shop"});
    EXPECT_TRUE(left.changed);
    EXPECT_EQ(left.get(Attribute::environment), "Production");
    EXPECT_EQ(left.get(Attribute::project), "Shop");
}

TEST(Redaction, CoversMessagesOfTheDocumentThatHaveNoShape) {
    const std::string body = R"({"data":{"author":{"email":"jane@example.com"},"id":7}})";
    auto redactor = Redactor::make(std::vector<std::string>{"personal"}).value();
    const auto reading = decode(body, {.kind = EndpointKind::organisation, .profile = Profile::asyncapi});
    ASSERT_EQ(reading.get(Attribute::actor), "jane@example.com");
    Left left{};
    redactor.redact({.attributes = AttributeView(reading.bytes), .body = body}, left.body, left.bytes);
    EXPECT_EQ(left.all().find("jane"), std::string::npos);
}

TEST(Redaction, HidesAllOfABodyThatCannotBeRead) {
    AttributeWriter writer;
    writer.add(Attribute::type, "com.flagsmith.unknown");
    writer.add(Attribute::actor, "jane@example.com");
    auto redactor = Redactor::make(std::vector<std::string>{"personal"}).value();
    Left left{};
    EXPECT_TRUE(
        redactor.redact({.attributes = writer.view(), .body = R"({"email": jane@example.com)"}, left.body, left.bytes));
    EXPECT_EQ(left.body, "\"[redacted]\"");
    EXPECT_EQ(left.get(Attribute::type), "com.flagsmith.unknown");
    EXPECT_EQ(left.get(Attribute::actor), "[redacted]");
}

TEST(Redaction, RefusesRulesThatAreNone) {
    const auto error = [](std::string rule) {
        const auto made = Redactor::make(std::vector<std::string>{std::move(rule)});
        return made ? std::string("accepted") : made.error().message;
    };
    EXPECT_EQ(error("key").substr(0, 32), "\"key\" is no rule for redact: \"ke");
    EXPECT_EQ(error(""),
              "\"\" is no rule for redact: \"keys\", \"personal\" or a pointer such as \"/data/changed_by\" would do");
    EXPECT_EQ(error("/a~2"), "\"/a~2\" is not a JSON pointer: ~0 stands for ~ and ~1 for /");
    EXPECT_EQ(error("/a"), "accepted");
    EXPECT_FALSE(Redactor::make(std::vector<std::string>(65, "/a")));
}

} // namespace
} // namespace webhookd::event
