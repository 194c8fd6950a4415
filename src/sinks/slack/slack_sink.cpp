#include "sinks/slack/slack_sink.hpp"

#include "sinks/slack/message.hpp"
#include "sinks/slack/settings.hpp"
#include "webhookd/http/client.hpp"
#include "webhookd/sink/template.hpp"

namespace webhookd::sinks {
namespace slack {
namespace {

using event::Event;
using sink::Away;
using sink::Outcome;
using sink::Outcomes;
using sink::Template;

/// Slack takes a message a second of each webhook.
constexpr Duration between_messages = std::chrono::seconds(1);
/// What comes within this time becomes one message.
constexpr Duration burst = std::chrono::seconds(1);
constexpr std::size_t most_folded = 500;

webhookd::http::ClientSettings client_settings(const Settings& settings) {
    webhookd::http::ClientSettings client;
    client.origin = webhookd::http::parse_url(settings.url.reveal()).value();
    return client;
}

class SlackSink final : public sink::Sink {
public:
    SlackSink(const Settings& settings, const sink::Environment& environment)
        : client_settings_(client_settings(settings)), target_(client_settings_.origin.target),
          client_(environment.executor, client_settings_), pause_(environment.executor) {
        if (!settings.text.empty()) text_ = Template::parse(settings.text, Template::Place::slack).value();
    }

    sink::Capacity capacity() const override { return {.batch_events = most_folded, .batch_delay = burst}; }
    Task<Result<void, Away>> open() override {
        const auto connected = co_await client_.connect();
        if (!connected) co_return Away{connected.error().message, {}};
        co_return Result<void, Away>{};
    }

    Task<Result<Outcomes, Away>> deliver(std::span<const Event> batch) override {
        std::vector<std::string> lines;
        for (const auto& event : batch) lines.push_back(line(event));
        const auto message = message_of(lines);
        pause_.expires_at(next_message_);
        co_await pause_.async_wait(use_task);
        next_message_ = std::chrono::steady_clock::now() + between_messages;
        const auto answer = co_await client_.exchange({"POST", target_, "Content-Type: application/json\r\n", message});
        if (!answer) co_return Away{answer.error().message, {}};
        const auto why = "Slack answered " + std::to_string(answer->status);
        if (answer->status / 100 == 2) co_return Outcomes(batch.size());
        if (answer->status == 408 || answer->status == 425 || answer->status == 429 || answer->status / 100 == 5)
            co_return Away{why, answer->retry_after};
        co_return Outcomes(batch.size(), Outcome::reject(why));
    }

    Task<> close() override {
        client_.close();
        co_return;
    }

private:
    std::string line(const Event& event) const {
        if (!text_) return line_of(event);
        std::string text;
        static_cast<void>(text_->append(text, event)); // only a URL can be unfit
        return text;
    }

    const webhookd::http::ClientSettings client_settings_;
    const std::string target_;
    std::optional<Template> text_;
    webhookd::http::Client client_;
    Timer pause_;
    SteadyTime next_message_{};
};

std::unique_ptr<sink::Sink> make(std::shared_ptr<const void> settings, sink::Environment environment) {
    return std::make_unique<SlackSink>(*static_cast<const Settings*>(settings.get()), environment);
}

} // namespace

void check(const Settings& settings, TableReader& table) {
    if (!settings.url.empty() && !webhookd::http::parse_url(settings.url.reveal()))
        table.problem("url", "is no http or https URL", "as Slack shows it: https://hooks.slack.com/services/…");
    const auto text = Template::parse(settings.text, Template::Place::slack);
    if (!text) table.problem("text", text.error().message);
}

} // namespace slack

constinit const sink::SinkType slack_sink{
    config::sink_kind<slack::Settings>("slack", "tells a Slack channel what changed, bursts in one message"),
    &slack::make};

} // namespace webhookd::sinks
