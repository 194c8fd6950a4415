#pragma once

#include "webhookd/config/load.hpp"
#include "webhookd/config/sink_kind.hpp"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Reading a configuration from a text, with a sink type of the test's own and an environment that is a map.
namespace webhookd::config {

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

inline constexpr std::array kinds{sink_kind<Probe>("probe", "for tests"), left_out("rocket", "a launch pad")};

/// A configuration that has everything it must have; tests add to it.
inline constexpr std::string_view minimal = R"(
[listen]
tls = false
address = "127.0.0.1:8080"
[endpoint.environment]
path = "/environment-webhook"
kind = "environment"
secrets = [{ name = "2026", value = "a secret that is long enough" }]
)";

class Loading : public testing::Test {
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

} // namespace webhookd::config
