#include "webhookd/config/example.hpp"
#include "webhookd/config/load.hpp"

#include "support/temporary_directory.hpp"
#include "webhookd/base/file.hpp"

#include <gmock/gmock.h>

#include <map>
#include <regex>

namespace webhookd::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct NoKeys {};
constexpr std::tuple<> describe(std::type_identity<NoKeys>) {
    return {};
}
constexpr std::array kinds{sink_kind<NoKeys>("stdout", "standard output")};

class ConfigFiles : public testing::Test {
protected:
    test::TemporaryDirectory directory;
    std::map<std::string, std::string> environment;

    std::filesystem::path path(const std::string& name) const { return directory.path() / name; }
    void write(const std::string& name, std::string_view content, unsigned mode = 0600) {
        std::filesystem::create_directories(path(name).parent_path());
        ASSERT_TRUE(replace_file(path(name), content, mode));
    }
    Surroundings surroundings() const {
        return {[this](const std::string& name) -> std::optional<std::string> {
            const auto found = environment.find(name);
            if (found == environment.end()) return {};
            return found->second;
        }};
    }
    Result<Loaded, std::vector<Problem>> read(std::string_view text) {
        write("config.toml", text);
        return load(*find_source(path("config.toml"), surroundings()), kinds, surroundings());
    }
    static std::vector<std::string> texts(const std::vector<Problem>& problems) {
        std::vector<std::string> texts;
        for (const auto& problem : problems) texts.push_back(problem.text());
        return texts;
    }
    static std::string endpoint(std::string_view secrets) {
        return "[listen]\ntls = false\naddress = \"127.0.0.1:1\"\n[endpoint.e]\npath = \"/e\"\nsecrets = [" +
               std::string(secrets) + "]\n";
    }
};

TEST_F(ConfigFiles, SecretsComeFromFilesEnvironmentCredentialsAndDirectories) {
    write("a.secret", "  secret of the file a\n");
    write("credentials/c", "secret of the credential\n");
    write("many/2025", "secret of last year");
    write("many/2026", "secret of this year");
    write("many/.hidden", "no secret at all");
    environment = {{"CREDENTIALS_DIRECTORY", path("credentials")}, {"B", "secret of the environment"}};
    const auto loaded =
        read(endpoint(R"({ file = "a.secret" }, { name = "b", env = "B" }, { name = "c", credential = "c" },
                                         { name = "d", directory = "many" })"));
    ASSERT_TRUE(loaded) << testing::PrintToString(texts(loaded.error()));
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& secret : loaded->settings.endpoints.at(0).secrets)
        found.emplace_back(secret.name, secret.value.reveal());
    EXPECT_THAT(found,
                ElementsAre(std::pair("a", "secret of the file a"), std::pair("b", "secret of the environment"),
                            std::pair("c", "secret of the credential"), std::pair("d/2025", "secret of last year"),
                            std::pair("d/2026", "secret of this year")));
    EXPECT_THAT(loaded->watched, UnorderedElementsAre(path("a.secret"), path("credentials/c"), path("many"),
                                                      path("many/2025"), path("many/2026")));
}

TEST_F(ConfigFiles, ASecretThatEverybodyCanReadIsWarnedOf) {
    write("open.secret", "secret of an open file", 0644);
    const auto loaded = read(endpoint(R"({ file = "open.secret" })"));
    ASSERT_TRUE(loaded);
    EXPECT_THAT(texts(loaded->warnings),
                Contains(HasSubstr("open.secret can be read by everybody (chmod o-r would do)")));
}

TEST_F(ConfigFiles, ASecretInAConfigurationThatEverybodyCanReadIsWarnedOf) {
    const auto text = endpoint(R"({ name = "a", value = "secret in the file itself" })");
    EXPECT_THAT(texts(read(text)->warnings), testing::Not(Contains(HasSubstr("everybody can read"))));
    std::filesystem::permissions(path("config.toml"), std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    const auto loaded = load(*find_source(path("config.toml"), surroundings()), {}, surroundings());
    EXPECT_THAT(texts(loaded->warnings), Contains(HasSubstr(":6:34 endpoint.e.secrets[0].value: stands in a file that "
                                                            "everybody can read")));
}

TEST_F(ConfigFiles, FilesThatAreMissingOrEmptyAreProblems) {
    write("empty.secret", "\n \n");
    std::filesystem::create_directory(path("nothing"));
    const auto loaded =
        read(endpoint(R"({ file = "none.secret" }, { name = "b", file = "empty.secret" }, { directory = "no" },
                                         { name = "d", directory = "nothing" })") +
             "[store]\ndirectory = { file = \"where\" }\n");
    ASSERT_FALSE(loaded);
    EXPECT_THAT(texts(loaded.error()),
                UnorderedElementsAre(HasSubstr("none.secret: No such file or directory"),
                                     HasSubstr("[1].file: is empty"), HasSubstr("no: No such file or directory"),
                                     HasSubstr("nothing holds no files"),
                                     HasSubstr("where: No such file or directory")));
}

TEST_F(ConfigFiles, CertificatesMustBeThereAndAreWatched) {
    const auto text = [&](std::string_view tls) {
        return "[listen]\ntls = " + std::string(tls) + "\n[endpoint.e]\npath = \"/\"\nallow_unsigned = true\n";
    };
    write("tls.crt", "x");
    write("tls.key", "x");
    const auto loaded = read(text(R"({ certificate = "tls.crt", key = "tls.key" })"));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->settings.listen.tls.certificate, path("tls.crt"));
    EXPECT_THAT(loaded->watched, ElementsAre(path("tls.crt"), path("tls.key")));
    EXPECT_THAT(texts(read(text(R"({ certificate = "tls.crt", key = "tls.kex" })")).error()),
                ElementsAre(HasSubstr("listen.tls.key: opening " + path("tls.kex").string() + ": No such file")));
    EXPECT_THAT(texts(read(text(R"({ certificate = "tls.crt" })")).error()),
                ElementsAre(HasSubstr("listen.tls: \"key\" is missing")));
}

TEST_F(ConfigFiles, WhoNeedsNoSecretsNeedsNotBeAbleToReadThem) {
    const auto text = endpoint(R"({ credential = "c" }, { name = "f", file = "none" }, { name = "e", env = "UNSET" },
                                  { name = "d", directory = "none" })") +
                      "[admin]\ntoken = { credential = \"t\" }\n";
    EXPECT_FALSE(read(text));
    const auto loaded = load(*find_source(path("config.toml"), surroundings()), kinds, surroundings(), Secrets::leave);
    ASSERT_TRUE(loaded) << testing::PrintToString(texts(loaded.error()));
    EXPECT_EQ(loaded->settings.endpoints.at(0).secrets.size(), 4u);
    for (const auto& secret : loaded->settings.endpoints.at(0).secrets) EXPECT_TRUE(secret.value.empty());
}

TEST_F(ConfigFiles, TheConfigurationIsFoundInTheOrderOfTheContract) {
    write("named.toml", "named");
    write("variable.toml", "variable");
    environment = {{"FLAGSMITH_WEBHOOKD_CONFIG_FILE", path("variable.toml")}, {"FLAGSMITH_WEBHOOKD_CONFIG", "text"}};
    EXPECT_EQ(find_source(path("named.toml"), surroundings())->text, "named");
    EXPECT_EQ(find_source({}, surroundings())->text, "variable");
    environment.erase("FLAGSMITH_WEBHOOKD_CONFIG_FILE");
    EXPECT_EQ(find_source({}, surroundings())->text, "text");
    EXPECT_EQ(find_source({}, surroundings())->name, "$FLAGSMITH_WEBHOOKD_CONFIG");
    EXPECT_THAT(find_source(path("none.toml"), surroundings()).error().message, HasSubstr("No such file"));
}

/// The example as it is, and with every sink that stands in it commented out.
TEST_F(ConfigFiles, TheExampleIsAConfiguration) {
    for (const auto* name : {"tls.crt", "tls.key"}) write(name, "x");
    write("environment.secret", "secret of the environment");
    write("organisation.secret", "secret of the organisation");
    const auto example = config::example(kinds);
    const auto loaded = read(example);
    ASSERT_TRUE(loaded) << testing::PrintToString(texts(loaded.error()));
    EXPECT_EQ(loaded->settings.endpoints.size(), 2u);
    const auto all_on = std::regex_replace(example, std::regex("(^|\n)#([[a-z])"), "$1$2");
    const auto with_sinks = read(all_on);
    EXPECT_TRUE(with_sinks || std::ranges::all_of(with_sinks.error(),
                                                  [](const auto& problem) {
                                                      return problem.what.find("No such file") != std::string::npos ||
                                                             problem.key == "endpoint.environment.keep_unverified";
                                                  }))
        << testing::PrintToString(texts(with_sinks.error()));
}

} // namespace
} // namespace webhookd::config
