#include "support/data.hpp"
#include "support/temporary_directory.hpp"
#include "support/typed.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/verify/verify.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace webhookd::cli {
namespace {

using test::type;
using testing::HasSubstr;
using testing::Not;

class Signature : public testing::Test {
protected:
    test::TemporaryDirectory directory;
    const std::string sample = WEBHOOKD_TEST_DATA "/samples/environment-flag-updated.json";
    const std::string signature = "5f67d8620e3e7c46d132f139eb22accfb597e2bdc4750f236b8b62cdf2c0704f";
    std::string secret = write("secret", "sample-signing-secret\n");
    std::string other = write("other", "another-signing-secret");
    std::string config = write("config.toml", R"(
[listen]
tls = false
address = "127.0.0.1:1"
[endpoint.one]
path = "/one"
secrets = [{ name = "old", file = "other" }, { name = "2026", file = "secret" }]
[store]
directory = "store"
)");

    std::string write(const std::string& name, std::string_view content) {
        const auto path = directory.path() / name;
        EXPECT_TRUE(replace_file(path, content));
        return path.string();
    }
    test::Typed verify(std::vector<std::string> more) {
        std::vector<std::string> arguments{"verify", "--config", config};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return type(arguments);
    }
};

TEST_F(Signature, SignMakesWhatFlagsmithSends) {
    const auto typed = type({"sign", "--secret-file", secret, sample});
    EXPECT_EQ(typed.status, done);
    EXPECT_EQ(typed.out, signature + "\n");
}

TEST_F(Signature, VerifyNamesTheSecretThatFits) {
    const auto typed = verify({"--signature", signature, sample});
    EXPECT_EQ(typed.status, done);
    EXPECT_EQ(typed.out, "it fits: secret \"2026\" of endpoint \"one\"\n");
    EXPECT_EQ(verify({"--signature", signature, "--secret-file", secret, sample}).status, done);
}

TEST_F(Signature, VerifySaysThatAnotherSecretOfTheConfigurationFits) {
    const auto typed = verify({"--signature", signature, "--secret-file", other, sample});
    EXPECT_EQ(typed.status, failed);
    EXPECT_THAT(typed.out, HasSubstr("but secret \"2026\" of endpoint \"one\""));
}

TEST_F(Signature, VerifySaysHowTheBodyWasChanged) {
    const auto compact =
        write("compact.json", nlohmann::json::parse(test_data("samples/environment-flag-updated.json")).dump());
    const auto typed = verify({"--signature", signature, compact});
    EXPECT_EQ(typed.status, failed);
    EXPECT_THAT(typed.out, HasSubstr("the body was changed on its way"));
    EXPECT_THAT(typed.out, HasSubstr("secret \"2026\" of endpoint \"one\" fits"));
    const auto longer = write("longer.json", test_data("samples/environment-flag-updated.json") + "\n");
    EXPECT_THAT(verify({"--signature", signature, longer}).out, HasSubstr("a line break was added at its end"));
}

TEST_F(Signature, VerifySaysWhatIsMalformed) {
    EXPECT_THAT(verify({"--signature", "sha256=" + signature, sample}).out, HasSubstr("malformed: there is a prefix"));
    EXPECT_THAT(verify({"--signature", signature.substr(2), sample}).out, HasSubstr("62 characters instead of 64"));
    EXPECT_THAT(verify({"--signature", std::string(64, '0'), sample}).out, HasSubstr("it does not fit"));
}

TEST_F(Signature, WithoutConfigurationASecretFileWillDo) {
    EXPECT_EQ(
        type({"verify", "--config", "/nonexistent.toml", "--signature", signature, "--secret-file", secret, sample})
            .status,
        done);
    EXPECT_EQ(type({"verify", "--config", "/nonexistent.toml", "--signature", signature, sample}).status,
              refused_configuration);
}

TEST_F(Signature, AnEmptySecretIsRefused) {
    const auto typed = type({"sign", "--secret-file", write("empty", "\n"), sample});
    EXPECT_EQ(typed.status, failed);
    EXPECT_THAT(typed.err, HasSubstr("is empty"));
}

} // namespace
} // namespace webhookd::cli
