#include "support/data.hpp"
#include "unit/event/decoding.hpp"

#include <gtest/gtest.h>

/// profile = "asyncapi". tests/differential compares it with ajv and the document itself.
namespace webhookd::event {
namespace {

constexpr auto environment = EndpointKind::environment;
constexpr auto organisation = EndpointKind::organisation;

struct Case {
    std::string_view body, reasons; // no reasons: valid
};

void expect(EndpointKind kind, std::initializer_list<Case> cases) {
    for (const auto& c : cases) {
        SCOPED_TRACE(c.body);
        const auto reading = decode(c.body, kind, Profile::asyncapi);
        EXPECT_EQ(reading.valid(), c.reasons.empty());
        EXPECT_EQ(reading.reasons(), c.reasons);
    }
}

TEST(PublishedDocument, RequiresNothing) {
    expect(environment, {{"{}", ""},
                         {R"({"data":[]})", ""},
                         {R"({"data":[{}]})", ""},
                         {R"({"x":[{}]})", ""},
                         {R"({"data":[{"feature":{}}]})", ""}});
    expect(organisation, {{"{}", ""}, {R"({"data":{}})", ""}, {R"({"data":{"author":{}}})", ""}});
}

TEST(PublishedDocument, NamesTypes) {
    expect(environment, {{"[]", " type\n"},
                         {"null", " type\n"},
                         {R"({"data":{}})", "/data type\n"},
                         {R"({"data":null})", "/data type\n"},
                         {R"({"data":[[]]})", "/data/0 type\n"},
                         {R"({"data":[{"id":1.5,"enabled":0}]})", "/data/0/id type\n/data/0/enabled type\n"},
                         {R"({"data":[{"feature":null}]})", "/data/0/feature type\n"},
                         {R"({"data":[{"environment":null}]})", "/data/0/environment type\n"},
                         {R"({"data":[{"feature_state_value":0.75}]})", "/data/0/feature_state_value type\n"},
                         {R"({"event_type":null})", "/event_type type\n"}});
    expect(organisation, {{R"({"data":[]})", "/data type\n"},
                          {R"({"data":{"author":null}})", "/data/author type\n"},
                          {R"({"data":{"environment":{"name":"x"}}})", "/data/environment type\n"},
                          {R"({"data":{"log":null}})", "/data/log type\n"}});
}

TEST(PublishedDocument, NullableAllowsNullBeforeTypeAndEnumeration) {
    expect(environment, {{R"({"data":[{"feature_segment":null,"identity":null,"feature_state_value":null,
                                        "feature":{"description":null,"initial_value":null}}]})",
                          ""}});
    expect(organisation, {{R"({"data":{"environment":null,"project":null,"related_object_id":null,
                                        "related_object_type":null}})",
                           ""}});
}

TEST(PublishedDocument, OnePointZeroIsAnIntegerAndSizeDoesNotMatter) {
    expect(environment, {{R"({"data":[{"id":1.0,"environment":1e3,"identity":123456789012345678901234567890,
                                        "feature_state_value":5.0}]})",
                          ""}});
}

TEST(PublishedDocument, ClosesEnumerations) {
    expect(environment, {{R"({"event_type":"FLAG_UPDATED"})", ""},
                         {R"({"event_type":"FLAG_DELETED"})", "/event_type const\n"},
                         {R"({"data":[{"feature":{"type":"CONFIG"}}]})", "/data/0/feature/type enum\n"}});
    expect(organisation, {{R"({"event_type":"FLAG_DELETED"})", ""},
                          {R"({"event_type":"NEW_VERSION_PUBLISHED"})", "/event_type enum\n"},
                          {R"({"data":{"related_object_type":"EF_VERSION"}})", "/data/related_object_type enum\n"},
                          {R"({"data":{"related_object_type":""}})", "/data/related_object_type enum\n"}});
}

TEST(PublishedDocument, AssertsFormats) {
    expect(environment,
           {{R"({"timestamp":""})", "/timestamp format\n"},
            {R"({"timestamp":"2026-08-21T10:31:07Z"})", ""},
            {R"({"data":[{"feature":{"created_date":"2026-08-21"}}]})", "/data/0/feature/created_date format\n"}});
    expect(organisation, {{R"({"data":{"author":{"email":"Jane"}}})", "/data/author/email format\n"},
                          {R"({"data":{"created_date":"2026-02-30T10:31:07Z"}})", "/data/created_date format\n"}});
}

TEST(PublishedDocument, RefusesNearlyEveryRealMessage) {
    const auto verdict = [](const char* sample, EndpointKind kind) {
        return decode(test_data(std::string("samples/") + sample + ".json"), kind, Profile::asyncapi);
    };
    EXPECT_TRUE(verdict("environment-flag-updated", environment).invalid());
    EXPECT_TRUE(verdict("organisation-audit-log-created", organisation).invalid());
    EXPECT_TRUE(verdict("spec-only-environment-flag-updated", environment).valid());
    EXPECT_TRUE(verdict("spec-only-organisation-audit-log-created", organisation).valid());
    // Nothing is required, so these pass; their shape still tells what they are.
    EXPECT_EQ(verdict("organisation-flag-updated", organisation).type, Type::flag_updated);
    EXPECT_TRUE(verdict("organisation-flag-updated", organisation).valid());
    EXPECT_EQ(verdict("identity-integration", environment).type, Type::identity_evaluated);
    EXPECT_TRUE(verdict("identity-integration", environment).valid());
}

TEST(PublishedDocument, MessagesHaveTypesAndAttributes) {
    EXPECT_EQ(decode("{}", environment, Profile::asyncapi).type, Type::flags_evaluated);
    EXPECT_EQ(decode("{}", organisation, Profile::asyncapi).type, Type::audit_log_created);
    const auto entry =
        decode(test_data("samples/spec-only-organisation-audit-log-created.json"), organisation, Profile::asyncapi);
    EXPECT_TRUE(entry.unique);
    EXPECT_EQ(entry.get(Attribute::environment), "Production");
    EXPECT_EQ(entry.get(Attribute::subject), "FEATURE_STATE/33120");
    EXPECT_EQ(
        decode(R"({"timestamp":"2026-08-21T10:31:07Z"})", organisation, Profile::asyncapi).get(Attribute::statetime),
        "2026-08-21T10:31:07Z");
}

TEST(PublishedDocument, StaysStrictAboutJson) {
    EXPECT_TRUE(decode(R"({"a":1,"a":2})", environment, Profile::asyncapi).unreadable());
    EXPECT_TRUE(decode(R"({"a":01})", environment, Profile::asyncapi).unreadable());
}

} // namespace
} // namespace webhookd::event
