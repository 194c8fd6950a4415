#include "sinks/http/http_sink.hpp"

#include "sinks/http/answer.hpp"
#include "sinks/http/body.hpp"
#include "sinks/http/settings.hpp"
#include "sinks/http/signature.hpp"
#include "sinks/http/url_template.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/http/client.hpp"

namespace webhookd::sinks {
namespace http {
namespace {

using event::Event;
using sink::Away;
using sink::Outcome;
using sink::Outcomes;
using webhookd::http::Client;

webhookd::http::ClientSettings client_settings(const Settings& settings) {
    webhookd::http::ClientSettings client;
    client.origin = UrlTemplate::parse(settings.url).value().origin;
    if (!settings.proxy.empty()) client.proxy = webhookd::http::parse_url(settings.proxy).value();
    client.ca = settings.ca;
    client.timeout = settings.timeout;
    return client;
}

/// The attributes as headers, for the binary mode of CloudEvents.
void append_cloudevents(std::string& headers, const Event& event) {
    const auto add = [&](std::string_view name, std::string_view value) {
        headers.append("ce-").append(name).append(": ");
        sink::append_header_encoded(headers, value);
        headers += "\r\n";
    };
    add("specversion", "1.0");
    add("id", to_string(event.id));
    add("time", format_time(event.received));
    for (const auto& [attribute, value] : event.attributes)
        if (info(attribute).is_public) add(info(attribute).name, value);
    if (event.redelivery) add("redelivery", "true");
}

class HttpSink final : public sink::Sink {
public:
    HttpSink(const Settings& settings, const sink::Environment& environment)
        : settings_(settings), target_(UrlTemplate::parse(settings.url).value().target),
          client_(environment.executor, client_settings(settings)) {
        std::string_view content_type;
        for (const auto& [name, value] : settings.headers) {
            headers_.push_back({name, Template::parse(value.reveal(), Template::Place::header).value()});
            if (equals_ignoring_case(name, "content-type")) content_type = value.reveal();
        }
        const bool is_binary = settings.cloudevents_mode == Settings::CloudEvents::binary;
        body_.emplace(
            Body::make(body_of(settings), content_type, is_binary ? event::Format::raw : environment.format).value());
        names_content_type_ = !content_type.empty();
        if (settings.sign) signer_.emplace(*settings.sign);
    }

    sink::Capacity capacity() const override {
        sink::Capacity capacity;
        capacity.concurrency = settings_.concurrency;
        capacity.batch_events = settings_.batch ? settings_.batch->max_events : 1;
        capacity.batch_delay = settings_.batch ? settings_.batch->max_delay : Duration::zero();
        return capacity; // no time limit: the client has one for each request
    }

    Task<Result<void, Away>> open() override {
        const auto connected = co_await client_.connect();
        if (!connected) co_return Away{connected.error().message, {}};
        co_return Result<void, Away>{};
    }

    Task<Result<Outcomes, Away>> deliver(std::span<const Event> batch) override {
        // A request of several that is refused may be so because of one of them: fewer are tried, down to one.
        for (auto events = batch;; events = events.first(events.size() / 2)) {
            Request request;
            if (const auto made = make_request(request, events); !made)
                co_return Outcomes{Outcome::reject(made.error().message)};
            const auto answer =
                co_await client_.exchange({settings_.method, request.target, request.headers, request.body});
            if (!answer) co_return Away{answer.error().message, {}};
            auto verdict = judge(*answer, settings_.method);
            if (verdict.kind == Verdict::Kind::away) co_return Away{std::move(verdict.why), verdict.after};
            if (verdict.kind == Verdict::Kind::retry)
                co_return Outcomes(events.size(), Outcome::retry(verdict.why, verdict.after));
            if (verdict.kind == Verdict::Kind::delivered) {
                if (body_->kind() != Body::Kind::elasticsearch) co_return Outcomes(events.size());
                auto outcomes = judge_bulk(answer->body, events.size());
                if (!outcomes) co_return Away{"answered 200, but not as the bulk API does", {}};
                co_return std::move(*outcomes);
            }
            if (events.size() == 1) co_return Outcomes{Outcome::reject(std::move(verdict.why))};
        }
    }

    Task<> close() override {
        client_.close();
        co_return;
    }

private:
    struct Request {
        std::string target;
        std::string headers;
        std::string body;
    };
    struct Header {
        std::string name;
        Template value;
    };

    Result<> make_request(Request& request, std::span<const Event> events) const {
        const auto& first = events.front();
        if (auto appended = target_.append(request.target, first); !appended) return appended;
        body_->append(request.body, events);
        if (!names_content_type_ && !request.body.empty())
            request.headers.append("Content-Type: ").append(body_->content_type()).append("\r\n");
        if (settings_.cloudevents_mode == Settings::CloudEvents::binary) append_cloudevents(request.headers, first);
        for (const auto& header : headers_) {
            request.headers.append(header.name).append(": ");
            static_cast<void>(header.value.append(request.headers, first)); // only a URL can be unfit
            request.headers += "\r\n";
        }
        if (signer_) signer_->append(request.headers, request.body, first.id, now());
        return {};
    }

    const Settings settings_;
    const Template target_;
    std::vector<Header> headers_;
    bool names_content_type_ = false;
    std::optional<Body> body_;
    std::optional<Signer> signer_;
    Client client_;
};

std::unique_ptr<sink::Sink> make(std::shared_ptr<const void> settings, sink::Environment environment) {
    return std::make_unique<HttpSink>(*static_cast<const Settings*>(settings.get()), environment);
}

} // namespace
} // namespace http

constinit const sink::SinkType http_sink{
    config::sink_kind<http::Settings>("http",
                                      "sends events to an HTTP server: one by one, in batches, or as a call made "
                                      "from a template"),
    &http::make};

} // namespace webhookd::sinks
