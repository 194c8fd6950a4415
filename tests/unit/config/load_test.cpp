#include "webhookd/config/load.hpp"

#include "webhookd/config/sink_kind.hpp"

#include <gmock/gmock.h>

namespace webhookd::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Probe {
    enum class Mode : std::uint8_t { slow, fast };
    struct Batch {
        std::uint32_t max_events = 100;
        Duration max_delay = 1s;
    };
    std::string url;
    Mode mode = Mode::slow;
    Batch batch;
    std::map<std::string, Secret> headers;
    std::map<std::string, std::string> properties;
    std::optional<Secret> key;
};

constexpr auto words(std::type_identity<Probe::Mode>) {
    return std::array{Word{"slow", Probe::Mode::slow}, Word{"fast", Probe::Mode::fast}};
}
constexpr auto describe(std::type_identity<Probe::Batch>) {
    return std::tuple{
        field("max_events", &Probe::Batch::max_events, "events in one request", Rules{.min = 1, .max = 1000}),
        field("max_delay", &Probe::Batch::max_delay, "how long one waits for others", Rules{})};
}
constexpr auto describe(std::type_identity<Probe>) {
    return std::tuple{field("url", &Probe::url, "where to", Rules{.required = true}),
                      field("mode", &Probe::mode, "how", Rules{}),
                      field("batch", &Probe::batch, "how many at once", Rules{}),
                      field("headers", &Probe::headers, "sent along", Rules{}),
                      field("properties", &Probe::properties, "handed on", Rules{}),
                      field("key", &Probe::key, "signs", Rules{.signs = true})};
}

constexpr std::array kinds{sink_kind<Probe>("probe", "for tests")};

/// A configuration that has everything it must have; tests add to it.
constexpr std::string_view minimal = R"(
[listen]
tls = false
address = "127.0.0.1:8080"
[endpoint.environment]
path = "/environment-webhook"
kind = "environment"
secrets = [{ name = "2026", value = "a secret that is long enough" }]
)";

class Load : public testing::Test {
protected:
    std::map<std::string, std::string> environment;

    Result<Loaded, std::vector<Problem>> read(std::string_view text) {
        const Source source{"c.toml", std::string(text), {}, "/etc/x"};
        return load(source, kinds, Surroundings{[this](const std::string& name) -> std::optional<std::string> {
                        const auto found = environment.find(name);
                        if (found == environment.end()) return {};
                        return found->second;
                    }});
    }
    Settings good(std::string_view text) {
        auto loaded = read(text);
        if (loaded) return std::move(loaded->settings);
        for (const auto& problem : loaded.error()) ADD_FAILURE() << problem.text();
        return {};
    }
    std::vector<std::string> problems(std::string_view text) {
        auto loaded = read(text);
        std::vector<std::string> texts;
        if (!loaded)
            for (const auto& problem : loaded.error()) texts.push_back(problem.text());
        return texts;
    }
    std::vector<std::string> warnings(std::string_view text) {
        auto loaded = read(text);
        std::vector<std::string> texts;
        if (!loaded) return {"refused: " + loaded.error().front().text()};
        for (const auto& problem : loaded->warnings) texts.push_back(problem.text());
        return texts;
    }
    static std::string with(std::string_view more) { return std::string(minimal) + std::string(more); }
};

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
    EXPECT_THAT(
        problems(with(R"([sink.one]
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

} // namespace
} // namespace webhookd::config
