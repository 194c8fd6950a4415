#include "support/data.hpp"
#include "unit/event/decoding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace webhookd::event {
namespace {

struct Expectation {
    std::string_view file;
    EndpointKind kind; // where Flagsmith posts it
    Type type;
    bool unique;
    std::string_view attributes; // all but type, source and endpoint
};

constexpr auto environment = EndpointKind::environment;
constexpr auto organisation = EndpointKind::organisation;
constexpr auto identity = EndpointKind::identity;

// clang-format off
constexpr Expectation table[] = {
    {"environment-flag-updated.json", environment, Type::flag_updated, true, R"(
subject=checkout_v2
statetime=2026-08-21T10:31:07.004211Z
eventtype=FLAG_UPDATED
flag=checkout_v2
environment=Production
project=Storefront
actor=ops@example.com
scope=environment
changed=enabled
enabled=true
wasenabled=false
)"},
    {"environment-flag-updated-created.json", environment, Type::flag_created, true, R"(
subject=new_banner
statetime=2026-08-21T10:31:07.004211Z
eventtype=FLAG_UPDATED
flag=new_banner
environment=Production
project=Storefront
actor=ops@example.com
scope=environment
changed=created
enabled=false
)"},
    {"environment-flag-updated-segment-override.json", environment, Type::flag_updated, true, R"(
subject=checkout_v2
statetime=2026-08-21T10:31:07.004211Z
eventtype=FLAG_UPDATED
flag=checkout_v2
environment=Production
project=Storefront
actor=ops@example.com
scope=segment
changed=value
enabled=true
wasenabled=true
segment=beta-testers
)"},
    {"environment-flag-updated-identity-override.json", environment, Type::flag_updated, true, R"(
subject=checkout_v2
statetime=2026-08-21T10:31:07.004211Z
eventtype=FLAG_UPDATED
flag=checkout_v2
environment=Production
project=Storefront
actor=ops@example.com
scope=identity
changed=enabled,value
enabled=true
wasenabled=false
identity=user-1842
)"},
    {"environment-flag-updated-edge-identity.json", environment, Type::flag_updated, true, R"(
subject=checkout_v2
statetime=2026-08-21T10:31:07.004211Z
eventtype=FLAG_UPDATED
flag=checkout_v2
environment=Production
project=Storefront
actor=terraform-key
scope=identity
changed=created
enabled=true
identity=user-1842
)"},
    {"environment-flag-updated-multivariate.json", environment, Type::flag_updated, true, R"(
subject=price_test
statetime=2026-08-21T10:31:07.004211Z
eventtype=FLAG_UPDATED
flag=price_test
environment=Production
project=Storefront
actor=ops@example.com
scope=environment
changed=variants
enabled=true
wasenabled=true
)"},
    {"environment-flag-updated-before-2.214.json", environment, Type::flag_updated, true, R"(
subject=checkout_v2
statetime=2026-08-21T10:31:07.004211Z
eventtype=FLAG_UPDATED
flag=checkout_v2
environment=Production
project=Storefront
scope=environment
changed=enabled,value
enabled=true
wasenabled=false
)"},
    {"environment-flag-updated-unicode.json", environment, Type::flag_updated, true, R"(
subject=grüße
statetime=2026-08-21T10:31:07.004211Z
eventtype=FLAG_UPDATED
flag=grüße
environment=Production
project=Storefront
actor=zoë@example.com
scope=environment
changed=value
enabled=true
wasenabled=true
)"},
    {"environment-flag-updated-empty-timestamp.json", environment, Type::flag_created, false, R"(
subject=checkout_v2
eventtype=FLAG_UPDATED
flag=checkout_v2
environment=Production
project=Storefront
scope=environment
changed=created
enabled=true
)"},
    {"environment-flag-deleted.json", environment, Type::flag_deleted, true, R"(
subject=old_theme
statetime=2026-05-11T08:02:13.550190Z
eventtype=FLAG_DELETED
flag=old_theme
environment=Production
project=Storefront
actor=ops@example.com
scope=environment
changed=deleted
wasenabled=true
)"},
    {"environment-new-version-published.json", environment, Type::version_published, true, R"(
subject=checkout_v2
eventtype=NEW_VERSION_PUBLISHED
flag=checkout_v2
actor=ops@example.com
)"},
    {"environment-new-version-published-api-key.json", environment, Type::version_published, true, R"(
subject=checkout_v2
eventtype=NEW_VERSION_PUBLISHED
flag=checkout_v2
)"},
    {"organisation-audit-log-created.json", organisation, Type::audit_log_created, true, R"(
subject=FEATURE_STATE/33120
statetime=2026-08-21T10:31:07.004211Z
eventtype=AUDIT_LOG_CREATED
environment=Production
project=Storefront
actor=ops@example.com
log=Flag state updated for feature: checkout_v2
)"},
    {"organisation-audit-log-created-ef-version.json", organisation, Type::audit_log_created, true, R"(
subject=EF_VERSION/b7d0d4a6-51a1-4d59-9b2c-0c2c1f4d9e10
statetime=2026-08-21T10:40:00Z
eventtype=AUDIT_LOG_CREATED
environment=Production
project=Storefront
actor=ops@example.com
log=New version published for feature: checkout_v2
)"},
    {"organisation-audit-log-created-segment-deleted-by-api-key.json", organisation, Type::audit_log_created, true, R"(
subject=SEGMENT/77
statetime=2026-08-21T10:31:07.004211Z
eventtype=AUDIT_LOG_CREATED
project=Storefront
log=Segment deleted: beta-testers
)"},
    {"organisation-audit-log-created-system-event.json", organisation, Type::audit_log_created, true, R"(
subject=FEATURE_STATE/33120
statetime=2026-08-21T10:31:07.004211Z
eventtype=AUDIT_LOG_CREATED
environment=Production
project=Storefront
log=Scheduled change to Flag state / Remote config value went live for feature: checkout_v2 by Change Request: Enable on Friday
)"},
    {"organisation-audit-log-created-before-2.28.json", organisation, Type::audit_log_created, false, R"(
subject=FEATURE/6
statetime=2026-08-21T10:31:07.004211Z
eventtype=AUDIT_LOG_CREATED
project=Storefront
actor=ops@example.com
log=New Flag / Remote Config created: my_feature
)"},
    {"organisation-flag-updated.json", organisation, Type::flag_updated, true, R"(
subject=checkout_v2
statetime=2026-08-21T10:31:07.004211Z
eventtype=FLAG_UPDATED
flag=checkout_v2
environment=Production
project=Storefront
actor=ops@example.com
scope=environment
changed=enabled
enabled=true
wasenabled=false
)"},
    {"organisation-flag-deleted.json", organisation, Type::flag_deleted, true, R"(
subject=old_theme
statetime=2026-05-11T08:02:13.550190Z
eventtype=FLAG_DELETED
flag=old_theme
environment=Production
project=Storefront
actor=ops@example.com
scope=environment
changed=deleted
wasenabled=true
)"},
    {"identity-integration.json", identity, Type::identity_evaluated, false, R"(
subject=user-1842
identity=user-1842
)"},
    {"identity-integration-before-2.130.json", identity, Type::identity_evaluated, false, R"(
subject=user-1842
identity=user-1842
)"},
    {"identity-integration-transient.json", identity, Type::identity_evaluated, false, R"(
subject=c5501db73aba343c1859b9ec00592baa92ac6371470afd7f723821d07372c8f6
identity=c5501db73aba343c1859b9ec00592baa92ac6371470afd7f723821d07372c8f6
)"},
    {"identity-integration-empty.json", identity, Type::identity_evaluated, false, R"(
subject=user-0
identity=user-0
)"},
    {"test-button-environment.json", environment, Type::flag_updated, false, R"(
subject=test_feature
statetime=2021-06-18T07:50:26.595298Z
eventtype=FLAG_UPDATED
flag=test_feature
environment=Development
project=Test Project
actor=user@domain.com
scope=identity
changed=enabled,value
enabled=true
wasenabled=false
test=true
identity=test_identity
)"},
    {"test-button-organisation.json", organisation, Type::audit_log_created, false, R"(
subject=FEATURE/1
statetime=2020-02-23T17:30:57.006318Z
eventtype=AUDIT_LOG_CREATED
project=Test Project
actor=user@domain.com
test=true
log=New Flag / Remote Config created: my_feature
)"},
    {"browser-test-environment.json", environment, Type::flag_updated, false, R"(
subject=test_feature
statetime=2021-06-18T07:50:26.595298Z
eventtype=FLAG_UPDATED
flag=test_feature
environment=Development
project=Test Project
actor=user@domain.com
scope=environment
changed=enabled,value
enabled=true
wasenabled=false
test=true
)"},
    {"legacy-2020-environment-flag-updated.json", environment, Type::flag_updated, true, R"(
subject=feature_name
statetime=2020-03-07T13:59:07.040Z
eventtype=FLAG_UPDATED
flag=feature_name
actor=Some User
scope=environment
changed=enabled
enabled=true
wasenabled=false
)"},
    {"spec-only-environment-flag-updated.json", environment, Type::flags_evaluated, false, R"(
subject=90211
statetime=2026-08-21T10:31:07Z
eventtype=FLAG_UPDATED
identity=90211
)"},
    {"spec-only-organisation-audit-log-created.json", organisation, Type::audit_log_created, true, R"(
subject=FEATURE_STATE/33120
statetime=2026-08-21T10:31:07Z
eventtype=AUDIT_LOG_CREATED
environment=Production
project=Storefront
actor=ops@example.com
log=Flag updated
)"},
};
// clang-format on

TEST(Samples, EachHasItsTypeAndAttributes) {
    for (const auto& row : table) {
        SCOPED_TRACE(row.file);
        const auto reading = decode(test_data("samples/" + std::string(row.file)), row.kind);
        EXPECT_TRUE(reading.valid()) << reading.reasons();
        EXPECT_EQ(reading.type, row.type);
        EXPECT_EQ(reading.unique, row.unique);
        EXPECT_EQ("\n" + reading.attributes(), row.attributes);
        EXPECT_EQ(reading.get(Attribute::type), type_name(row.type));
        EXPECT_EQ(reading.get(Attribute::source), "/hooks");
        EXPECT_EQ(reading.get(Attribute::endpoint), "hooks");
        EXPECT_EQ(reading.is_evaluation, row.type == Type::identity_evaluated || row.type == Type::flags_evaluated);
    }
}

TEST(Samples, AreAllInTheTable) {
    for (const auto& file : std::filesystem::directory_iterator(WEBHOOKD_TEST_DATA "/samples"))
        EXPECT_EQ(std::count_if(std::begin(table), std::end(table),
                                [&](const auto& row) { return row.file == file.path().filename(); }),
                  1)
            << file.path();
}

TEST(Samples, AreTakenWhereTheContractSays) {
    const auto takes = [](EndpointKind kind, Type type) {
        switch (type) {
        case Type::flag_created:
        case Type::flag_updated:
        case Type::flag_deleted:
        case Type::unknown:
            return kind != identity;
        case Type::version_published:
        case Type::flags_evaluated:
            return kind == environment;
        case Type::audit_log_created:
            return kind == organisation;
        case Type::identity_evaluated:
            return kind != organisation;
        }
        return false;
    };
    for (const auto& row : table)
        for (const auto kind : {environment, organisation, identity}) {
            SCOPED_TRACE(row.file);
            const auto reading = decode(test_data("samples/" + std::string(row.file)), kind);
            EXPECT_EQ(reading.valid(), takes(kind, row.type));
            if (reading.valid()) continue;
            EXPECT_EQ(reading.reasons(), " shape\n");
            EXPECT_EQ(reading.type, row.type) << "what it is, is known all the same";
            EXPECT_FALSE(reading.unique);
            EXPECT_EQ(reading.get(Attribute::invalid), "true");
        }
}

} // namespace
} // namespace webhookd::event
