#include "app/self_signed.hpp"
#include "support/temporary_directory.hpp"
#include "support/typed.hpp"
#include "webhookd/base/file.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <sys/stat.h>

namespace webhookd::cli {
namespace {

using test::type;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Check : public testing::Test {
protected:
    test::TemporaryDirectory directory;

    std::string path(const std::string& name) const { return (directory.path() / name).string(); }
    std::string config(std::string_view more) {
        EXPECT_TRUE(replace_file(path("config.toml"), R"([listen]
tls = false
address = "127.0.0.1:1"
[endpoint.one]
path = "/one"
secrets = [{ name = "2026", value = "canary: a secret in the file" }]
)" + std::string(more)));
        return path("config.toml");
    }
    test::Typed check(std::string_view more, std::vector<std::string> options = {}) {
        std::vector<std::string> arguments{"check", "--config", config(more)};
        arguments.insert(arguments.end(), options.begin(), options.end());
        return type(arguments);
    }
};

TEST_F(Check, SaysThatAGoodConfigurationIsGood) {
    const auto typed = check("[store]\ndirectory = \"store\"\n");
    EXPECT_EQ(typed.status, done) << typed.err;
    EXPECT_EQ(typed.out, "the configuration is good: 1 endpoint, 0 sinks\n");
    EXPECT_FALSE(std::filesystem::exists(path("store"))) << "a check changes nothing";
}

TEST_F(Check, NamesEveryMistakeAndExitsWith78) {
    const auto typed =
        check("[store]\nsnyc = \"full\"\nkeep = \"yes\"\n[log]\nlevel = \"inf\"\n[endpoint.two]\npath = \"/one\"\n");
    EXPECT_EQ(typed.status, refused_configuration);
    EXPECT_THAT(typed.out, IsEmpty());
    for (const auto* mistake :
         {":8:1 store.snyc: unknown key (did you mean \"sync\"?)", ":9:8 store.keep: \"yes\" is not a duration",
          ":11:9 log.level: \"inf\" is not known", "did you mean \"info\"?", ":12:1 endpoint.two: has no secrets",
          ":13:8 endpoint.two.path: \"/one\" is the path of"})
        EXPECT_THAT(typed.err, HasSubstr(mistake));
}

TEST_F(Check, ListsTheFindingsForProgramsToo) {
    const auto typed = check("[store]\nkeep = 5\n", {"--format", "json"});
    EXPECT_EQ(typed.status, refused_configuration);
    const auto list = nlohmann::json::parse(typed.out);
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0]["severity"], "error");
    EXPECT_EQ(list[0]["key"], "store.keep");
    EXPECT_EQ(list[0]["line"], 8);
}

TEST_F(Check, AStoreThatCannotBeIsRefused) {
    ASSERT_TRUE(replace_file(path("file"), "x"));
    const auto typed = check("[store]\ndirectory = \"file/store\"\n");
    EXPECT_EQ(typed.status, refused_configuration);
    EXPECT_THAT(typed.err, HasSubstr("store.directory: " + path("file") + " is not a directory"));
}

TEST_F(Check, ACertificateThatDoesNotFitItsKeyIsRefused) {
    ASSERT_TRUE(replace_file(path("tls.crt"), app::make_self_signed().certificate));
    const auto with_key = [&](const std::string& key) {
        EXPECT_TRUE(replace_file(path("tls.key"), key));
        EXPECT_TRUE(replace_file(path("tls.toml"), "[listen]\ntls = { certificate = \"tls.crt\", key = \"tls.key\" }\n"
                                                   "[endpoint.one]\npath = \"/\"\nallow_unsigned = true\n"
                                                   "[store]\ndirectory = \"store\"\n"));
        return type({"check", "--config", path("tls.toml")});
    };
    const auto other = with_key(app::make_self_signed().key);
    EXPECT_EQ(other.status, refused_configuration);
    EXPECT_THAT(other.err, HasSubstr("listen.tls: the key " + path("tls.key")));
    EXPECT_EQ(with_key("no key at all").status, refused_configuration);
}

TEST_F(Check, AKeyThatEverybodyCanReadIsUnwise) {
    const auto made = app::make_self_signed();
    ASSERT_TRUE(replace_file(path("tls.crt"), made.certificate));
    ASSERT_TRUE(replace_file(path("tls.key"), made.key, 0644));
    ASSERT_TRUE(replace_file(path("tls.toml"), "[listen]\ntls = { certificate = \"tls.crt\", key = \"tls.key\" }\n"
                                               "[endpoint.one]\npath = \"/\"\nallow_unsigned = true\n"
                                               "[store]\ndirectory = \"store\"\n"));
    const auto typed = type({"check", "--config", path("tls.toml")});
    EXPECT_EQ(typed.status, done) << typed.err;
    EXPECT_THAT(typed.err, HasSubstr("listen.tls.key: can be read by everybody"));
}

TEST_F(Check, AStoreInMemoryIsUnwise) {
    const auto typed = check("[store]\ndirectory = \"/dev/shm/webhookd\"\n");
    EXPECT_EQ(typed.status, done);
    EXPECT_THAT(typed.err, HasSubstr("warning: "));
    EXPECT_THAT(typed.err, HasSubstr("store.directory: is in memory"));
}

TEST_F(Check, ASocketNeedsItsFolder) {
    const auto typed = check("[admin]\naddress = \"unix:/nonexistent/admin.sock\"\n[store]\ndirectory = \"store\"\n");
    EXPECT_EQ(typed.status, refused_configuration);
    EXPECT_THAT(typed.err, HasSubstr("admin.address: no socket can be made in /nonexistent"));
}

TEST_F(Check, AConfigurationThatIsMissingIsRefusedWithWhatToDo) {
    const auto typed = type({"check", "--config", path("none.toml")});
    EXPECT_EQ(typed.status, refused_configuration);
    EXPECT_THAT(typed.err, HasSubstr("none.toml: No such file or directory"));
}

/// A secret of each kind in each place where one may stand, and every command that reads them.
TEST_F(Check, NoCommandShowsASecret) {
    ASSERT_TRUE(replace_file(path("file.secret"), "canary-of-a-file-5f1a"));
    ::setenv("WEBHOOKD_TEST_CANARY", "canary-of-the-environment-77", 1);
    const auto file = config(R"(
[endpoint.two]
path = "/two"
secrets = [{ name = "file", file = "file.secret" }, { name = "env", env = "WEBHOOKD_TEST_CANARY" }]
[store]
directory = "store"
[admin]
token = "canary-of-the-admin-page"
)");
    ASSERT_TRUE(replace_file(path("body"), "{}"));
    const std::vector<std::vector<std::string>> commands{
        {"check"},
        {"check", "--format", "json"},
        {"check", "--probe"},
        {"config", "show"},
        {"config", "show", "--format", "json"},
        {"verify", "--signature", std::string(64, 'a'), path("body")},
        {"verify", "--signature", "canary", "--secret-file", path("file.secret"), path("body")},
        {"sign", "--secret-file", path("file.secret"), path("body")},
        {"send", "flag-updated", "--to", "http://user:canary-of-a-url@127.0.0.1:1/", "--secret-file",
         path("file.secret")},
        {"send", "flag-updated", "--to", "htp://user:canary-of-a-url@127.0.0.1:1/", "--secret-file",
         path("file.secret")},
        {"version"},
    };
    for (auto arguments : commands) {
        arguments.push_back("--config=" + file);
        const auto typed = type(arguments);
        SCOPED_TRACE(arguments[0]);
        EXPECT_THAT(typed.out, Not(HasSubstr("canary")));
        EXPECT_THAT(typed.err, Not(HasSubstr("canary")));
        EXPECT_FALSE(typed.out.empty() && typed.err.empty());
    }
    // … and when there is something wrong with each of them.
    for (const auto* broken :
         {"[admin]\ntoken = [\"canary\"]\n", "[admin]\ntoken = { value = \"canary\" }\n",
          "[endpoint.b]\npath = \"/b\"\nsecrets = [{ value = \"canary\", env = \"canary\" }]\n",
          "[endpoint.b]\npath = \"/b\"\nsecrets = [\"canary\"]\n",
          "[endpoint.b]\npath = \"/b\"\nsecrets = \"canary\"\n", "[log]\nlevel = { env = \"WEBHOOKD_TEST_CANARY\" }\n",
          "[store]\nkeep = \"${WEBHOOKD_TEST_CANARY}\"\n",
          "[store]\ndirectory = { file = \"file.secret\", env = \"X\" }\n",
          // and mistakes of syntax
          "[admin]\ntoken = canary\n", "[admin]\ntoken = 'canary\n", "[admin]\ntoken = \"canary\n",
          "[admin]\ntoken = 1canary\n", "[admin]\ntoken = 0xcanary\n", "[admin]\ntoken = 2026-01-canary\n",
          "[admin]\ntoken = \"\\canary\"\n", "[admin]\ntoken = \"a\" canary\n",
          "[admin]\ntoken = { value \"canary\" }\n", "[admin]\ntoken = tcanary\n"}) {
        const auto typed = check(broken);
        EXPECT_EQ(typed.status, refused_configuration) << broken;
        EXPECT_THAT(typed.err, Not(HasSubstr("canary"))) << broken;
    }
}

} // namespace
} // namespace webhookd::cli
