#include "webhookd/verify/diagnose.hpp"

#include "support/data.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace webhookd::verify {
namespace {

using Cause = Diagnosis::Cause;
using testing::HasSubstr;

class Diagnose : public testing::Test {
protected:
    SecretRing environment = ring("environment");
    SecretRing organisation = ring("organisation");
    std::array<NamedRing, 2> rings{NamedRing{"environment", &environment}, NamedRing{"organisation", &organisation}};

    static Secret secret(std::string_view endpoint) { return Secret("secret of " + std::string(endpoint)); }
    static SecretRing ring(std::string_view endpoint) {
        std::vector<NamedSecret> secrets;
        secrets.push_back({"old", Secret("retired")});
        secrets.push_back({"new", secret(endpoint)});
        return SecretRing(std::move(secrets));
    }
    Diagnosis of(std::string_view body, std::string_view signature) { return diagnose(body, signature, rings); }
};

TEST_F(Diagnose, SaysWhichSecretFits) {
    const auto found = of("body", sign("body", secret("organisation")));
    EXPECT_EQ(found.cause, Cause::fits);
    EXPECT_EQ(rings[found.ring].name, "organisation");
    EXPECT_EQ(rings[found.ring].secrets->name(found.secret), "new");
}

TEST_F(Diagnose, SaysWhatIsWrongWithASignatureThatIsNone) {
    EXPECT_EQ(of("body", "").cause, Cause::missing);
    EXPECT_EQ(of("body", "abc").cause, Cause::malformed);
    EXPECT_THAT(of("body", "abc").detail, HasSubstr("3 characters instead of 64"));
    EXPECT_THAT(of("body", "sha256=" + std::string(64, 'a')).detail, HasSubstr("prefix"));
    EXPECT_THAT(of("body", std::string(64, 'g')).detail, HasSubstr("no hexadecimal digits"));
}

TEST_F(Diagnose, RecognisesABodyThatWasReencodedOnItsWay) {
    const auto sent = test_data("samples/environment-flag-updated-unicode.json");
    const auto signature = sign(sent, secret("environment"));
    const auto json = nlohmann::ordered_json::parse(sent);
    const auto unordered = [&] {
        nlohmann::ordered_json out;
        out["event_type"] = json["event_type"];
        out["data"] = json["data"];
        return out;
    }();
    for (const auto& received :
         {json.dump(), json.dump(2), json.dump(-1, ' ', true), unordered.dump(), sent + "\n", sent + "\r\n"}) {
        const auto found = of(received, signature);
        EXPECT_EQ(found.cause, Cause::changed) << received;
        EXPECT_EQ(rings[found.ring].name, "environment");
    }
    EXPECT_THAT(of(sent + "\n", signature).detail, HasSubstr("line break was added"));
}

TEST_F(Diagnose, RecognisesTheTestButtonOfOldDashboards) {
    // The browser signed the spaced form and sent the compact one: shared samples, browser-test-environment.json.
    const SecretRing sample([] {
        std::vector<NamedSecret> secrets;
        secrets.push_back({"sample", Secret("sample-signing-secret")});
        return secrets;
    }());
    const std::array ring{NamedRing{"environment", &sample}};
    const auto found = diagnose(test_data("samples/browser-test-environment.json"),
                                "f29ce9a386f9f665c8214340aad3d23e02ee0bee46deea420a5018c9477ce9a0", ring);
    EXPECT_EQ(found.cause, Cause::changed);
}

TEST_F(Diagnose, DoesNotGuessWhatCannotBeKnown) {
    EXPECT_EQ(of("{\"a\": 1}", sign("{\"a\": 2}", secret("environment"))).cause, Cause::unexplained);
    EXPECT_EQ(of("body", sign("body", Secret("of somebody else"))).cause, Cause::unexplained);
    EXPECT_EQ(diagnose("body", std::string(64, 'a'), {}).cause, Cause::no_secret);
}

TEST_F(Diagnose, BearsAnythingForABody) {
    const auto signature = sign("other", secret("environment"));
    EXPECT_EQ(of(std::string(100'000, '['), signature).cause, Cause::unexplained);
    EXPECT_EQ(of(std::string(20'000, '[') + std::string(20'000, ']'), signature).cause, Cause::unexplained);
    EXPECT_EQ(of("{\"a\": \"\xff\xfe\", \"b\": 1e999}", signature).cause, Cause::unexplained);
}

} // namespace
} // namespace webhookd::verify
