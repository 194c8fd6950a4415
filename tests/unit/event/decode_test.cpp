#include "support/data.hpp"
#include "unit/event/decoding.hpp"

#include <gtest/gtest.h>

namespace webhookd::event {
namespace {

/// A sample with the first `from` replaced by `to`.
std::string changed(const char* sample, std::string_view from, std::string_view to) {
    auto body = test_data(std::string("samples/") + sample + ".json");
    const auto at = body.find(from);
    if (at == std::string::npos) throw std::runtime_error("the sample does not hold " + std::string(from));
    return body.replace(at, from.size(), to);
}

/// The same, everywhere.
std::string all_changed(const char* sample, std::string_view from, std::string_view to) {
    auto body = changed(sample, from, to);
    for (std::size_t at = 0; (at = body.find(from, at)) != std::string::npos; at += to.size())
        body.replace(at, from.size(), to);
    return body;
}

constexpr auto updated = "environment-flag-updated";
constexpr auto audit = "organisation-audit-log-created";

TEST(Decoder, RefusesWrongTypesInKnownMembersAndNamesThem) {
    struct Case {
        const char *sample, *from, *to;
        std::string_view reasons;
    };
    for (const auto& c : std::initializer_list<Case>{
             {updated, R"("enabled": true)", R"("enabled": 1)", "/data/new_state/enabled type\n"},
             {updated, R"("enabled": true, )", "", "/data/new_state required\n"},
             {updated, R"("id": 5120)", R"("id": "5120")", "/data/new_state/feature/id type\n"},
             {updated, R"("id": 5120)", R"("id": 5120.5)", "/data/new_state/feature/id type\n"},
             {updated, R"("name": "checkout_v2", )", "", "/data/new_state/feature required\n"},
             {updated, R"("name": "checkout_v2")", R"("name": null)", "/data/new_state/feature/name type\n"},
             {updated, R"("feature_state_value": null)", R"("feature_state_value": 0.75)",
              "/data/new_state/feature_state_value type\n"},
             {updated, R"("feature_state_value": null)", R"("feature_state_value": [])",
              "/data/new_state/feature_state_value type\n"},
             {updated, R"("environment": {"id": 207, "name": "Production"})", R"("environment": "Production")",
              "/data/new_state/environment type\n"},
             {updated, R"("multivariate_feature_state_values": [])", R"("multivariate_feature_state_values": [1])",
              "/data/new_state/multivariate_feature_state_values/0 type\n"},
             {updated, R"("new_state": {)", R"("new_state": null, "x": {)", "/data/new_state type\n"},
             {updated, R"("FLAG_UPDATED")", "7", "/event_type type\n"},
             {updated, R"(, "event_type": "FLAG_UPDATED")", "", " required\n"},
             {updated, R"("FLAG_UPDATED")", R"("AUDIT_LOG_CREATED")", "/event_type const\n"},
             {"environment-flag-deleted", R"("new_state": null, "previous_state")", R"("new_state": null, "before")",
              "/data required\n"},
             {"environment-flag-updated-segment-override", R"("priority": 0)", R"("priority": -1)",
              "/data/new_state/feature_segment/priority minimum\n"},
             {"environment-flag-updated-multivariate", "33.3", "100.5",
              "/data/new_state/multivariate_feature_state_values/0/percentage_allocation maximum\n"},
             {"environment-new-version-published", R"("published_by": {)", R"("published_by": [], "x": {)",
              "/data/published_by type\n"},
             {"environment-new-version-published", R"("uuid")", R"("uid")", "/data required\n"},
             {audit, R"("author": {)", R"("author": "Robin", "x": {)", "/data/author type\n"},
             {audit, R"("hide_disabled_flags": null)", R"("hide_disabled_flags": "no")",
              "/data/environment/hide_disabled_flags type\n"},
             {audit, R"("related_object_id": 33120)", R"("related_object_id": "33120")",
              "/data/related_object_id type\n"},
             {audit, R"("AUDIT_LOG_CREATED")", R"("NEW_VERSION_PUBLISHED")", "/event_type enum\n"},
             {"identity-integration", R"("identity": "user-1842")", R"("identity": 1842)", "/identity type\n"},
             {"identity-integration", R"("trait_value": 112)", R"("trait_value": {})", "/traits/1/trait_value type\n"},
             {"identity-integration-empty", R"("flags": [])", R"("flags": {})", "/flags type\n"},
             {"spec-only-environment-flag-updated", R"("FLAG_UPDATED")", R"("FLAG_DELETED")", "/event_type const\n"},
             {"spec-only-environment-flag-updated", R"("data": [)", R"("data": [1, )", "/data/0 type\n"},
         }) {
        SCOPED_TRACE(std::string(c.sample) + ": " + c.from + " -> " + c.to);
        const auto reading = decode(changed(c.sample, c.from, c.to));
        EXPECT_TRUE(reading.invalid());
        EXPECT_EQ(reading.reasons(), c.reasons);
    }
}

TEST(Decoder, LetsUnknownMembersAndWordsPass) {
    struct Case {
        const char *sample, *from, *to;
    };
    for (const auto& c : std::initializer_list<Case>{
             {updated, R"("type": "STANDARD")", R"("type": "EXPERIMENTAL")"},
             {updated, R"("type": "STANDARD")", R"("type": null)"},
             {updated, R"("type": "STANDARD")", R"("type": "STANDARD", "zone": [1])"},
             {updated, R"({"data")", R"({"a": {"b": 1}, "data")"},
             {updated, R"("id": 5120)", R"("id": 5120.0)"},
             {updated, R"("id": 5120)", R"("id": 123456789012345678901234567890)"},
             {updated, R"("changed_by": "ops@example.com")", R"("changed_by": null)"},
             {audit, R"("FEATURE_STATE")", R"("SOMETHING_NEW")"},
             {audit, R"("is_system_event": false)", R"("is_system_event": false, "uuid": "x")"},
             {"identity-integration", "19.99", "1e400"},
         }) {
        SCOPED_TRACE(std::string(c.sample) + ": " + c.from + " -> " + c.to);
        const auto reading = decode(changed(c.sample, c.from, c.to));
        EXPECT_TRUE(reading.valid()) << reading.reasons();
    }
}

TEST(Decoder, TakesMembersInAnyOrder) {
    const auto reading = decode(R"({"event_type":"FLAG_UPDATED","data":{"timestamp":"2026-08-21T10:31:07Z","new_state":{
        "feature_segment":null,"feature":{"project":{"name":"Storefront"},"name":"checkout_v2"},"enabled":true,
        "environment":{"name":"Production","id":1}},"changed_by":"a@example.com"}})");
    EXPECT_TRUE(reading.valid()) << reading.reasons();
    EXPECT_EQ(reading.type, Type::flag_created);
    EXPECT_EQ(reading.get(Attribute::flag), "checkout_v2");
    EXPECT_EQ(reading.get(Attribute::project), "Storefront");
    EXPECT_EQ(reading.get(Attribute::environment), "Production");
}

TEST(Decoder, SaysWhatIsMissingWhereThereIsNoShape) {
    struct Case {
        std::string_view body, reasons;
    };
    for (const auto& c : std::initializer_list<Case>{
             {"{}", " shape\n"},
             {R"({"timestamp":"2026-08-21T10:31:07Z"})", " shape\n"},
             {R"({"data":{}})", " shape\n"},
             {R"({"data":{},"event_type":""})", " shape\n"},
             {R"({"event_type":"FLAG_UPDATED"})", " required\n"},
             {R"({"event_type":"SOMETHING_NEW"})", " required\n"},
             {R"({"data":"text","event_type":"SOMETHING_NEW"})", "/data type\n"},
             {R"({"data":[],"event_type":"SOMETHING_NEW"})", "/event_type const\n"},
             {R"({"data":{},"event_type":"FLAG_UPDATED"})", "/data required\n"},
             {R"({"data":{},"event_type":"FLAG_DELETED"})", "/data required\n"},
             {R"({"data":{},"event_type":"AUDIT_LOG_CREATED"})", "/data required\n"},
             {R"({"data":{},"event_type":"NEW_VERSION_PUBLISHED"})",
              "/data required\n/data required\n/data required\n"},
             {R"({"identity":"user-1"})", " required\n"},
         }) {
        SCOPED_TRACE(c.body);
        const auto reading = decode(c.body);
        EXPECT_TRUE(reading.invalid());
        EXPECT_EQ(reading.reasons(), c.reasons);
        EXPECT_FALSE(reading.unique);
    }
}

TEST(Decoder, PassesOnEventTypesThatAreNotKnownYet) {
    auto reading = decode(R"({"data":{"anything":[1]},"event_type":"FLAG_STALE"})");
    EXPECT_TRUE(reading.valid());
    EXPECT_EQ(reading.type, Type::unknown);
    EXPECT_FALSE(reading.unique);
    EXPECT_EQ(reading.attributes(), "eventtype=FLAG_STALE\n");

    reading = decode(changed(updated, "FLAG_UPDATED", "FLAG_CREATED"));
    EXPECT_TRUE(reading.valid());
    EXPECT_EQ(reading.get(Attribute::type), "com.flagsmith.unknown");
    EXPECT_EQ(reading.get(Attribute::eventtype), "FLAG_CREATED");
    EXPECT_EQ(reading.get(Attribute::flag), "checkout_v2") << "what has a known shape is read";

    EXPECT_TRUE(decode(changed(updated, "FLAG_UPDATED", "FLAG_CREATED"), EndpointKind::identity).invalid());
}

TEST(Decoder, ShapeComesBeforeEventType) {
    EXPECT_EQ(decode(changed(audit, "AUDIT_LOG_CREATED", "FLAG_UPDATED")).type, Type::audit_log_created);
    EXPECT_TRUE(decode(changed(audit, "AUDIT_LOG_CREATED", "FLAG_UPDATED")).valid()) << "the document allows it";
    EXPECT_EQ(decode(R"({"data":[],"event_type":"FLAG_UPDATED"})").type, Type::flags_evaluated);
    EXPECT_EQ(decode(R"({"data":[]})").type, Type::flags_evaluated);
}

TEST(Decoder, EndpointFillsWhatTheMessageDoesNotName) {
    const EndpointRules rules{.kind = EndpointKind::environment,
                              .endpoint = "production",
                              .path = "/hook",
                              .environment = "Production",
                              .project = "Shop"};
    const auto version = test_data("samples/environment-new-version-published.json");
    EXPECT_EQ(decode(version, rules).get(Attribute::environment), "Production");
    EXPECT_EQ(decode(version, rules).get(Attribute::project), "Shop");
    EXPECT_EQ(decode(version, rules).get(Attribute::endpoint), "production");
    EXPECT_EQ(decode(version, rules).get(Attribute::source), "/hook");
    EXPECT_EQ(decode(changed(updated, "\"Production\"", "\"Staging\""), rules).get(Attribute::environment), "Staging");
    EXPECT_EQ(decode(all_changed(updated, "Storefront", "Other"), rules).get(Attribute::project), "Other");
}

TEST(Decoder, TellsWhatChanged) {
    struct Case {
        const char *sample, *from, *to, *changed;
    };
    constexpr auto variants = "environment-flag-updated-multivariate";
    for (const auto& c : std::initializer_list<Case>{
             {updated, R"("enabled": true)", R"("enabled": false)", "(absent)"},
             {updated, R"("feature_state_value": null)", R"("feature_state_value": "")", "enabled,value"},
             {updated, R"("multivariate_feature_state_values": [])", R"("other": [])", "enabled"},
             {variants, "33.3", "50.0", "(absent)"},
             {variants, R"("value": 12})", R"("value": "12"})", "variants"},
             {variants, R"({"id": 803)", R"({"new": 1, "id": 803)", "variants"},
         }) {
        SCOPED_TRACE(std::string(c.sample) + ": " + c.from + " -> " + c.to);
        EXPECT_EQ(decode(changed(c.sample, c.from, c.to)).get(Attribute::changed), c.changed);
    }
}

TEST(Decoder, VariantsInAnotherOrderAreNoChange) {
    constexpr std::string_view a = R"({"id": 801, "multivariate_feature_option": {"id": 61, "value": "variant_a"}, )"
                                   R"("percentage_allocation": 33.3}, )";
    constexpr std::string_view b =
        R"({"id": 802, "multivariate_feature_option": {"id": 62, "value": 12}, "percentage_allocation": 20.0}, )";
    auto body = changed("environment-flag-updated-multivariate", std::string(a) + std::string(b),
                        std::string(b) + std::string(a));
    EXPECT_EQ(decode(body).get(Attribute::changed), "variants");
    body.replace(body.find("33.3"), 4, "50.0");
    EXPECT_EQ(decode(body).get(Attribute::changed), "(absent)");
}

TEST(Decoder, FirstOverrideIsAnUpdate) {
    const auto reading = decode(changed("environment-flag-updated-created", R"("feature_segment": null)",
                                        R"("feature_segment": {"priority": 0, "segment": {"id": 7, "name": "beta"}})"));
    EXPECT_EQ(reading.type, Type::flag_updated);
    EXPECT_EQ(reading.get(Attribute::changed), "created");
    EXPECT_EQ(reading.get(Attribute::segment), "beta");
}

TEST(Decoder, TestButtonIsKnownByAllItsFixedValues) {
    constexpr auto button = "test-button-environment";
    EXPECT_EQ(decode(changed(button, "2021-06-18", "2021-06-19")).get(Attribute::test), "(absent)");
    EXPECT_EQ(decode(changed(button, "user@domain.com", "me@domain.com")).get(Attribute::test), "(absent)");
    EXPECT_EQ(decode(all_changed(button, "test_feature", "a_feature")).get(Attribute::test), "(absent)");
    EXPECT_TRUE(decode(changed(button, "2021-06-18", "2021-06-19")).unique);
    constexpr auto organisation = "test-button-organisation";
    EXPECT_EQ(decode(changed(organisation, "my_feature", "a_feature")).get(Attribute::test), "(absent)");
    EXPECT_EQ(decode(changed(organisation, R"({"author")", R"({"id": 1, "author")")).get(Attribute::test), "(absent)");
}

TEST(Decoder, OwnTimeIsGivenOnlyWhereItIsATime) {
    EXPECT_EQ(decode(changed(updated, "2026-08-21T10:31:07.004211Z", "yesterday")).get(Attribute::statetime),
              "(absent)");
    EXPECT_TRUE(decode(changed(updated, "2026-08-21T10:31:07.004211Z", "yesterday")).unique);
}

TEST(Decoder, CutsTheListOfViolations) {
    std::string body = R"({"flags":[0)";
    for (int i = 0; i < 100; ++i) body += ",0";
    const auto reading = decode(body + R"(],"identity":"x"})");
    EXPECT_EQ(reading.violations.size(), max_violations);
    EXPECT_EQ(reading.violations[15].pointer, "/flags/15");
}

TEST(Decoder, ViolationsNeverHoldValues) {
    const auto reading = decode(changed(updated, "\"FLAG_UPDATED\"", "[\"sekret\"]"));
    ASSERT_EQ(reading.violations.size(), 1u);
    EXPECT_EQ(reading.violations[0].detail, "must be a string, not an array");
}

TEST(Decoder, AttributesOfAnInvalidBodyAreWhatCouldBeRead) {
    const auto reading = decode(changed(updated, R"("id": 5120)", R"("id": [])"), EndpointKind::environment);
    EXPECT_TRUE(reading.invalid());
    EXPECT_EQ(reading.get(Attribute::flag), "checkout_v2");
    EXPECT_EQ(reading.get(Attribute::invalid), "true");
    EXPECT_EQ(decode("{").get(Attribute::endpoint), "hooks");
    EXPECT_EQ(decode("{").get(Attribute::type), "com.flagsmith.unknown");
}

TEST(Decoder, TagsRise) {
    for (const auto* sample :
         {updated, audit, "test-button-environment", "environment-flag-updated-segment-override"}) {
        const auto reading = decode(changed(sample, "\"", "\""), {.path = "/", .environment = "E", .project = "P"});
        int last = 0;
        for (const auto& [attribute, value] : AttributeView(reading.bytes)) {
            EXPECT_LT(last, static_cast<int>(attribute));
            last = static_cast<int>(attribute);
        }
    }
}

} // namespace
} // namespace webhookd::event
