#include "unit/config/loading.hpp"

namespace webhookd::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Load = Loading;

TEST_F(Load, TheFirstSyntaxErrorIsNamedWithItsPlace) {
    EXPECT_THAT(problems("[listen]\naddress = \n[store\n"), ElementsAre(HasSubstr("c.toml:2:")));
}

TEST_F(Load, AllProblemsAreNamedAtOnceInTheOrderOfTheFile) {
    EXPECT_THAT(
        problems(R"([listen]
tls = false
adress = "[::]:8443"
idle_timeout = 75
[endpoint.environment]
path = "/e"
kind = "enviroment"
secrets = [{ name = "a", value = "0123456789abcdef" }]
[log]
level = "debugg"
[sink.one]
type = "prope"
[stroe]
)"),
        ElementsAre(
            "c.toml:3:1 listen.adress: unknown key (did you mean \"address\"?)",
            "c.toml:4:16 listen.idle_timeout: is a whole number (a duration such as \"500ms\", \"10s\" or "
            "\"30d\" would do)",
            AllOf(HasSubstr("c.toml:7:8 endpoint.environment.kind: \"enviroment\" is not known"),
                  HasSubstr("did you mean \"environment\"?")),
            AllOf(HasSubstr("c.toml:10:9 log.level: \"debugg\" is not known"), HasSubstr("did you mean \"debug\"?")),
            "c.toml:12:8 sink.one.type: \"prope\" is no type of sink in this build (there are probe; did you "
            "mean \"probe\"?)",
            "c.toml:13:2 stroe: unknown key (did you mean \"store\"?)"));
}

TEST_F(Load, ASinkThatTheBuildWasMadeWithoutIsNotTakenForAMistake) {
    const auto where = std::count(minimal.begin(), minimal.end(), '\n') + 2;
    EXPECT_THAT(problems(with("[sink.one]\ntype = \"rocket\"\nfuel = 7\n")),
                ElementsAre("c.toml:" + std::to_string(where) +
                            ":8 sink.one.type: \"rocket\" is no type of sink in this build (a build with a launch pad "
                            "has it; here there are probe)"));
}

TEST_F(Load, ASinkReadsItsOwnKeysBesideTheCommonOnes) {
    const auto settings = good(with(R"(
[sink.one]
type = "probe"
format = "text"
url = "https://example.com"
mode = "fast"
batch = { max_events = 7, max_delay = "250ms" }
headers = { Authorization = "Bearer x" }
properties = { "acks" = 1, "idempotent" = true, "name" = "n" }
key = "0123456789abcdef"
)"));
    ASSERT_EQ(settings.sinks.size(), 1u);
    EXPECT_EQ(settings.sinks[0].name, "one");
    EXPECT_EQ(settings.sinks[0].format, Sink::Format::text);
    const auto& own = *static_cast<const Probe*>(settings.sinks[0].own.get());
    EXPECT_EQ(own.url, "https://example.com");
    EXPECT_EQ(own.mode, Probe::Mode::fast);
    EXPECT_EQ(own.batch.max_events, 7u);
    EXPECT_EQ(own.batch.max_delay, 250ms);
    EXPECT_EQ(own.headers.at("Authorization").reveal(), "Bearer x");
    EXPECT_EQ(own.properties.at("acks"), "1");
    EXPECT_EQ(own.properties.at("idempotent"), "true");
    EXPECT_EQ(own.key->reveal(), "0123456789abcdef");
}

TEST_F(Load, ProblemsOfASinksOwnKeysAreFound) {
    EXPECT_THAT(problems(with(R"([sink.one]
type = "probe"
modee = "fast"
batch = { max_event = 7, max_events = 5000 }
)")),
                ElementsAre(HasSubstr("sink.one: \"url\" is missing (where to)"),
                            HasSubstr("sink.one.modee: unknown key (did you mean \"mode\"?)"),
                            HasSubstr("sink.one.batch.max_event: unknown key (did you mean \"max_events\"?)"),
                            HasSubstr("sink.one.batch.max_events: 5000 is too large (a whole number from 1 to "
                                      "1000 would do)")));
}

TEST_F(Load, VariablesAreReplacedInEveryKindOfValue) {
    environment = {
        {"PORT", "9000"}, {"LIMIT", "7"}, {"ON", "true"}, {"WAIT", "90s"}, {"NETS", "10.0.0.0/8, 192.0.2.7"}};
    const auto settings = good(R"(
[listen]
tls = false
address = "127.0.0.1:${PORT}"
threads = "${LIMIT}"
proxy_protocol = "${ON}"
trusted_proxies = "${NETS}"
idle_timeout = "${WAIT}"
health = "/${NAME:-health}$${x}"
[endpoint.e]
path = "/e"
kind = "${KIND:-identity}"
secrets = [{ value = "${S:-0123456789abcdef}" }]
)");
    EXPECT_EQ(settings.listen.address, "127.0.0.1:9000");
    EXPECT_EQ(settings.listen.threads, 7u);
    EXPECT_TRUE(settings.listen.proxy_protocol);
    EXPECT_THAT(settings.listen.trusted_proxies, ElementsAre("10.0.0.0/8", "192.0.2.7"));
    EXPECT_EQ(settings.listen.idle_timeout, 90s);
    EXPECT_EQ(settings.listen.health, "/health${x}");
    EXPECT_EQ(settings.endpoints.at(0).kind, Endpoint::Kind::identity);
    EXPECT_EQ(settings.endpoints.at(0).secrets.at(0).value.reveal(), "0123456789abcdef");
}

TEST_F(Load, AnEmptyVariableTakesTheDefaultAndAnUnsetOneWithoutDefaultIsAProblem) {
    environment = {{"EMPTY", ""}};
    EXPECT_EQ(good(with("[store]\ndirectory = \"/x/${EMPTY:-default}\"")).store.directory, "/x/default");
    EXPECT_EQ(good(with("[store]\ndirectory = \"/x/${EMPTY}y\"")).store.directory, "/x/y");
    EXPECT_THAT(problems(with("[store]\ndirectory = \"/x/${UNSET}\"")),
                ElementsAre(HasSubstr("c.toml:10:13 store.directory: the environment variable UNSET is not set")));
    EXPECT_THAT(problems(with("[store]\ndirectory = \"/x/${UNSET\"")), ElementsAre(HasSubstr("has no \"}\"")));
    EXPECT_THAT(problems(with("[store]\ndirectory = \"/x/${A B}\"")),
                ElementsAre(HasSubstr("does not name an environment variable")));
}

TEST_F(Load, AnyTextMayComeFromTheEnvironment) {
    environment = {{"WHERE", "/from/env"}, {"SECRET", "0123456789abcdef"}, {"FORMAT", "json"}};
    const auto settings = good(R"(
[listen]
tls = false
address = "127.0.0.1:1"
[endpoint.e]
path = { env = "WHERE" }
secrets = [{ name = "s", env = "SECRET" }]
[admin]
token = { env = "SECRET" }
[log]
format = { env = "FORMAT" }
)");
    EXPECT_EQ(settings.endpoints.at(0).path, "/from/env");
    EXPECT_EQ(settings.endpoints.at(0).secrets.at(0).value.reveal(), "0123456789abcdef");
    EXPECT_EQ(settings.endpoints.at(0).secrets.at(0).name, "s");
    EXPECT_EQ(settings.admin.token->reveal(), "0123456789abcdef");
    EXPECT_EQ(settings.log.format, Log::Format::json);
}

TEST_F(Load, AReferenceToNoFileIsNoToken) {
    EXPECT_FALSE(good(with("[admin]\ntoken = { file = \"\" }")).admin.token);
    EXPECT_FALSE(good(with("[admin]\ntoken = { file = \"${TOKEN_FILE:-}\" }")).admin.token);
}

TEST_F(Load, WhatCameFromElsewhereIsNeverQuoted) {
    environment = {{"CANARY", "canary-5d41402abc4b2a76"}};
    const auto texts = problems(with(R"([log]
level = "${CANARY}"
format = { env = "CANARY" }
[store]
keep = "${CANARY}"
max_size = { env = "CANARY" }
[admin]
address = "${CANARY}"
[sink.one]
type = "probe"
url = "x"
once = "${CANARY}"
batch = { max_events = "${CANARY}" }
)"));
    EXPECT_EQ(texts.size(), 7u);
    for (const auto& text : texts) EXPECT_THAT(text, testing::Not(HasSubstr("canary"))) << text;
}

TEST_F(Load, EndpointsAndSinksKeepTheOrderOfTheFile) {
    const auto settings = good(with(R"(
[endpoint.b]
path = "/b"
allow_unsigned = true
[endpoint.a]
path = "/a"
allow_unsigned = true
)"));
    std::vector<std::string> names;
    for (const auto& endpoint : settings.endpoints) names.push_back(endpoint.name);
    EXPECT_THAT(names, ElementsAre("environment", "b", "a"));
}

TEST_F(Load, RelativePathsAreRelativeToTheFile) {
    EXPECT_EQ(good(with("[store]\ndirectory = \"../data\"")).store.directory, "/etc/data");
    EXPECT_EQ(good(with("[store]\ndirectory = \"/data\"")).store.directory, "/data");
}

TEST_F(Load, EverythingHasItsDefault) {
    const auto settings = good(minimal);
    EXPECT_TRUE(same_sink(Sink{}, Sink{}, kinds) == false); // without a type there is no telling
    EXPECT_EQ(settings.listen.health, "/healthz");
    EXPECT_EQ(settings.listen.max_header, 16_KiB);
    EXPECT_EQ(settings.endpoints.at(0).deduplicate, 24h);
    EXPECT_EQ(settings.store.keep, 24h * 30);
    EXPECT_EQ(settings.store.evaluations.keep, 24h);
    EXPECT_EQ(settings.log.level, Log::Level::info);
}

TEST_F(Load, ValuesOfAWrongTypeAreNamedWithWhatWouldDo) {
    const struct {
        std::string_view text, problem;
    } cases[] = {
        {"[log]\nlevel = 5", "log.level: is a whole number (one of \"trace\", "},
        {"[store]\nmax_size = \"5 GB\"",
         "store.max_size: \"5 GB\" is not a size (a size such as \"64KiB\" or \"8MiB\" would do)"},
        {"[store]\nkeep = \"month\"", "store.keep: \"month\" is not a duration"},
        {"[store]\nevaluations = \"1d\"", "store.evaluations: is a text (a table would do: { … })"},
        {"[store]\nevaluations = { keeps = \"1d\" }", "store.evaluations.keeps: unknown key (did you mean \"keep\"?)"},
        {"[store]\nkeep = \"1ms\"", "store.keep: \"1ms\" is too short (at least \"1s\" would do)"},
        {"[store]\ndirectory = { file = \"a\", env = \"b\" }", "says more than once where the text comes from"},
        {"[store]\ndirectory = { fil = \"a\" }", "store.directory.fil: unknown key (a text comes from one of"},
        {"[store]\ndirectory = 2026-01-01", "store.directory: is a date or time (a path would do)"},
        {"[sink.a]\ntype = \"probe\"\nurl = \"\"\nonce = \"yes\"",
         "sink.a.once: \"yes\" is no truth value (true or false"},
        {"[sink.a]\ntype = \"probe\"\nurl = \"\"\nredact = \"keys\"",
         "sink.a.redact: is a text (a list of texts would do"},
        {"[sink.a]\ntype = \"probe\"\nurl = \"\"\nredact = [5]", "sink.a.redact: is a whole number (a text would do)"},
        {"[sink.a]\ntype = \"probe\"\nurl = \"\"\nredact = [\"personel\"]", "did you mean \"personal\"?"},
        {"[sink.a]\ntype = \"probe\"\nurl = \"\"\nretry = { attempts = -1 }", "sink.a.retry.attempts: -1 is negative"},
        {"[sink.a]\ntype = \"probe\"\nurl = \"\"\nretry = { attempts = 5000000000 }", "5000000000 is too large"},
        {"[sink.a]\ntype = \"probe\"\nurl = \"\"\nmatch = { changed = [\"enable\"] }", "did you mean \"enabled\"?"},
        {"[sink.a]\ntype = \"probe\"\nurl = \"\"\nmatch = { flag = [\"a[\"] }", "has \"[\" without \"]\""},
        {"[sink.a]\nurl = \"\"", "sink.a: \"type\" is missing"},
        {"[sink.\"a/b\"]\ntype = \"probe\"", "is no fit name"},
        {"[endpoint.x]\npath = \"/x\"\nsecrets = [{ name = \"a\" }]",
         "does not say where the secret is (one of value, file,"},
        {"[endpoint.x]\npath = \"/x\"\nsecrets = [{ value = \"a\", env = \"b\" }]",
         "says more than once where the secret is"},
        {"[endpoint.x]\npath = \"/x\"\nsecrets = [\"abc\"]", "endpoint.x.secrets[0]: is a text (a table would do"},
        {"[endpoint.x]\npath = \"/x\"\nsecrets = [{ value = \"\" }]", "endpoint.x.secrets[0].value: is empty"},
        {"[endpoint.x]\npath = \"/x\"\nsecrets = [{ credential = \"c\" }]",
         "no credentials were handed to this process"},
        {"[endpoint.x]\npath = \"x\"\nallow_unsigned = true", "endpoint.x.path: \"x\" does not begin with a slash"},
    };
    for (const auto& [text, problem] : cases) {
        SCOPED_TRACE(text);
        EXPECT_THAT(problems(with(std::string(text) + "\n")), testing::Contains(HasSubstr(std::string(problem))));
    }
}

TEST_F(Load, ASectionThatIsNoTableIsAProblem) {
    EXPECT_THAT(problems("sink = 5\nstore = []\n" + std::string(minimal)),
                ElementsAre("c.toml:1:8 sink: is a whole number (a table would do: { … })",
                            "c.toml:2:9 store: is a list (a table would do: { … })"));
}

TEST_F(Load, AMessageIsOneLineWhateverTheFileHolds) {
    for (const auto& text : problems(with("[log]\nlevel = \"a\\nb\\u001b[31m\"")))
        EXPECT_EQ(text.find_first_of("\n\x1b"), std::string::npos) << text;
}

TEST_F(Load, WhatOfAChangeNeedsARestartIsNamed) {
    auto before = good(minimal);
    auto after = before;
    EXPECT_THAT(needs_restart(before, after), IsEmpty());
    after.listen.health = "/other";
    after.log.level = Log::Level::debug;
    after.endpoints.clear();
    EXPECT_THAT(needs_restart(before, after), IsEmpty());
    after.listen.address = "127.0.0.1:2";
    after.listen.threads = 3;
    after.store.evaluations.keep = 48h;
    EXPECT_THAT(needs_restart(before, after), ElementsAre("listen.address", "listen.threads", "store.evaluations"));
}

TEST_F(Load, ASinkIsTheSameUntilAnyOfItsKeysChanges) {
    const auto one = [&](std::string_view key) {
        return good(with("[sink.a]\ntype = \"probe\"\nurl = \"u\"\nheaders = { A = \"1\" }\n" + std::string(key)))
            .sinks.at(0);
    };
    EXPECT_TRUE(same_sink(one(""), one(""), kinds));
    EXPECT_TRUE(same_sink(one("once = false"), one(""), kinds));
    EXPECT_FALSE(same_sink(one("once = true"), one(""), kinds));
    EXPECT_FALSE(same_sink(one("mode = \"fast\""), one(""), kinds));
    EXPECT_FALSE(same_sink(one("key = \"0123456789abcdef\""), one("key = \"0123456789abcdeF\""), kinds));
    EXPECT_FALSE(same_sink(one("batch = { max_events = 2 }"), one(""), kinds));
}

} // namespace
} // namespace webhookd::config
