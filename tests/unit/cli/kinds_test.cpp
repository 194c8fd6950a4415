#include "cli/send/kinds.hpp"

#include "support/data.hpp"
#include "webhookd/event/decode.hpp"

#include <gmock/gmock.h>

#include <set>

namespace webhookd::cli::send {
namespace {

using event::EndpointKind;
using event::Type;

Source source() {
    return {std::mt19937_64(7), 0, "2026-08-21T10:31:07.004211Z"};
}

event::Decoded decode(event::Decoder& decoder, std::string body, EndpointKind kind,
                      event::Profile profile = event::Profile::flagsmith) {
    const auto size = body.size();
    body.resize(size + event::body_padding);
    event::EndpointRules rules;
    rules.kind = kind;
    rules.profile = profile;
    const auto decoded = decoder.decode(std::string_view(body).substr(0, size), rules);
    return {decoded.verdict, decoded.type, decoded.unique, decoded.is_evaluation, {}, decoded.violations};
}

EndpointKind endpoint_kind(std::string_view name) {
    return name == "environment"    ? EndpointKind::environment
           : name == "organisation" ? EndpointKind::organisation
                                    : EndpointKind::identity;
}

TEST(SendKinds, EveryKindIsAMessageThatItsEndpointTakes) {
    const std::map<std::string_view, Type> types{
        {"flag-updated", Type::flag_updated},
        {"value-changed", Type::flag_updated},
        {"variants-changed", Type::flag_updated},
        {"segment-override", Type::flag_updated},
        {"identity-override", Type::flag_updated},
        {"flag-created", Type::flag_created},
        {"flag-deleted", Type::flag_deleted},
        {"version-published", Type::version_published},
        {"test-environment", Type::flag_updated},
        {"flags-evaluated", Type::flags_evaluated},
        {"unknown", Type::unknown},
        {"audit-log", Type::audit_log_created},
        {"audit-entry", Type::audit_log_created},
        {"test-organisation", Type::audit_log_created},
        {"identity", Type::identity_evaluated},
    };
    event::Decoder decoder;
    for (const auto& kind : kinds()) {
        auto from = source();
        for (from.number = 0; from.number < 50; ++from.number) {
            const auto body = kind.make(from);
            const auto decoded = decode(decoder, body, endpoint_kind(kind.endpoint));
            ASSERT_EQ(decoded.verdict, event::Decoded::Verdict::valid) << kind.name << ": " << body;
            if (kind.name != "mixed") {
                ASSERT_TRUE(types.contains(kind.name)) << kind.name;
                EXPECT_EQ(decoded.type, types.at(kind.name)) << kind.name;
            }
        }
    }
}

TEST(SendKinds, BodiesDifferFromEventToEvent) {
    for (const auto& kind : kinds()) {
        if (kind.name.starts_with("test-")) continue; // the button sends the same each time
        auto from = source();
        std::set<std::string> bodies;
        for (from.number = 0; from.number < 1000; ++from.number) {
            from.time = "2026-08-21T10:31:07." + std::to_string(100'000 + from.number) + "Z"; // as a clock would
            bodies.insert(kind.make(from));
        }
        EXPECT_EQ(bodies.size(), 1000u) << kind.name;
    }
}

TEST(SendKinds, TheSameSeedMakesTheSameBodies) {
    for (const auto& kind : kinds()) {
        auto one = source(), other = source();
        EXPECT_EQ(kind.make(one), kind.make(other)) << kind.name;
    }
}

TEST(SendKinds, TheTestButtonsAreByteForByteThoseOfTheServer) {
    auto from = source();
    EXPECT_EQ(find_kind("test-environment")->make(from), test_data("samples/test-button-environment.json"));
    EXPECT_EQ(find_kind("test-organisation")->make(from), test_data("samples/test-button-organisation.json"));
}

TEST(SendKinds, TheDocumentsPayloadsAreValidByTheDocument) {
    event::Decoder decoder;
    for (const auto* name : {"flags-evaluated", "audit-entry"}) {
        auto from = source();
        const auto& kind = *find_kind(name);
        EXPECT_EQ(decode(decoder, kind.make(from), endpoint_kind(kind.endpoint), event::Profile::asyncapi).verdict,
                  event::Decoded::Verdict::valid)
            << name;
    }
}

} // namespace
} // namespace webhookd::cli::send
