#include "sinks/kafka/kafka_sink.hpp"

#include "sinks/kafka/settings.hpp"
#include "webhookd/runtime/bell.hpp"
#include "webhookd/sink/template.hpp"
#include "webhookd/telemetry/log.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>

namespace webhookd::sinks {
namespace kafka {
namespace {

using event::Event;
using sink::Away;
using sink::Outcome;
using sink::Outcomes;
using sink::Template;

/// These are what makes delivery safe and ordered; whoever sets them otherwise would lose events.
constexpr std::string_view reserved[] = {
    "bootstrap.servers",         "metadata.broker.list", "enable.idempotence",  "acks",
    "request.required.acks",     "message.timeout.ms",   "delivery.timeout.ms", "transactional.id",
    "delivery.report.only.error"};

constexpr std::size_t most_events = 2000; // of one call

/// Where librdkafka's own would be slow: to send what there is, and to find out that a broker is back.
constexpr std::pair<std::string_view, std::string_view> defaults[] = {
    {"linger.ms", "2"}, {"reconnect.backoff.max.ms", "2000"}, {"socket.nagle.disable", "true"}};

/// How long a cluster that must be asked where the topic is may take; and one question, which blocks the lane.
constexpr auto patience = std::chrono::seconds(8);
constexpr int question_ms = 500;

struct Close {
    void operator()(rd_kafka_t* producer) const noexcept { ::rd_kafka_destroy(producer); }
    void operator()(rd_kafka_conf_t* configuration) const noexcept { ::rd_kafka_conf_destroy(configuration); }
    void operator()(rd_kafka_topic_t* topic) const noexcept { ::rd_kafka_topic_destroy(topic); }
    void operator()(rd_kafka_queue_t* queue) const noexcept { ::rd_kafka_queue_destroy(queue); }
};
template <class T>
using Owned = std::unique_ptr<T, Close>;

/// What became of the messages of one call; the reports of librdkafka point at its entries.
struct Call {
    struct Report {
        Call* call = nullptr;
        rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
        bool was_produced = false; // else the error is the library's own, and about this message
    };
    std::vector<Report> reports;
    std::size_t missing = 0;
};

struct Trouble {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string why;
};

void on_report(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    auto& report = *static_cast<Call::Report*>(message->_private);
    report.error = message->err;
    --report.call->missing;
}

/// What the client library tells about the cluster as a whole; `into` is the sink's.
void on_error(rd_kafka_t*, int error, const char* why, void* into) {
    const auto code = static_cast<rd_kafka_resp_err_t>(error);
    if (code == RD_KAFKA_RESP_ERR__FATAL) return;
    auto& trouble = *static_cast<Trouble*>(into);
    trouble.code = code;
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) trouble.why = why; // it came with each broker's reason
}

/// It complains of each try to connect; the lane tells once what is wrong, in the sink's name.
void on_log(const rd_kafka_t*, int level, const char*, const char* text) {
    constexpr int critical = 2;
    spdlog::log(level <= critical ? spdlog::level::warn : spdlog::level::debug, "librdkafka: {}", text);
}

bool concerns_the_message(rd_kafka_resp_err_t error) {
    switch (error) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
        return true;
    default:
        return false;
    }
}

/// Waiting does not mend these.
bool is_refusal(rd_kafka_resp_err_t error) {
    switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        return true;
    default:
        return false;
    }
}

/// Throws std::runtime_error where librdkafka does not take a property.
Owned<rd_kafka_conf_t> make_configuration(const Settings& settings) {
    Owned<rd_kafka_conf_t> configuration(::rd_kafka_conf_new());
    const auto set = [&](const std::string& name, const std::string& value) {
        char why[256];
        if (::rd_kafka_conf_set(configuration.get(), name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
            throw std::runtime_error("properties." + name +
                                     ": librdkafka does not take it"); // its own text has the value
    };
    std::string brokers;
    for (const auto& broker : settings.brokers) brokers.append(brokers.empty() ? "" : ",").append(broker);
    for (const auto& [name, value] : settings.properties) set(name, value);
    set("bootstrap.servers", brokers);
    set("enable.idempotence", "true");
    set("message.timeout.ms", std::to_string(settings.timeout.count()));
    for (const auto& [name, value] : defaults)
        if (!settings.properties.contains(std::string(name))) set(std::string(name), std::string(value));
    set("log_level", "4");
    ::rd_kafka_conf_set_dr_msg_cb(configuration.get(), on_report);
    ::rd_kafka_conf_set_log_cb(configuration.get(), on_log);
    return configuration;
}

class KafkaSink final : public sink::Sink {
public:
    KafkaSink(const Settings& settings, const sink::Environment& environment)
        : settings_(settings), environment_(environment),
          key_(Template::parse(settings.key, Template::Place::text).value()), reported_(environment.executor) {
        make_configuration(settings_); // finds what librdkafka does not take
    }
    ~KafkaSink() override { drop(); }

    sink::Capacity capacity() const override {
        return {.batch_events = most_events, .timeout = settings_.timeout + std::chrono::seconds(5)};
    }

    Task<Result<void, Away>> open() override {
        drop();
        auto configuration = make_configuration(settings_);
        ::rd_kafka_conf_set_opaque(configuration.get(), &trouble_);
        ::rd_kafka_conf_set_error_cb(configuration.get(), on_error);
        char why[256];
        producer_.reset(::rd_kafka_new(RD_KAFKA_PRODUCER, configuration.get(), why, sizeof why));
        if (!producer_) co_return Away{std::string("librdkafka: ") + why, {}};
        static_cast<void>(configuration.release()); // the producer's now
        topic_.reset(::rd_kafka_topic_new(producer_.get(), settings_.topic.c_str(), nullptr));
        if (!topic_) co_return Away{"topic: " + error_text(::rd_kafka_last_error()), {}};
        if (const auto hung = reported_.hang(); !hung) co_return Away{hung.error().message, {}};
        reports_.reset(::rd_kafka_queue_get_main(producer_.get()));
        constexpr std::uint64_t one = 1;
        ::rd_kafka_queue_io_event_enable(reports_.get(), reported_.descriptor(), &one, sizeof one);
        co_return co_await find_topic();
    }

    Task<Result<Outcomes, Away>> deliver(std::span<const Event> batch) override {
        for (;;) {
            const auto some = batch.first(std::min(batch.size(), most_));
            co_await produce_all(some);
            const bool is_alone = some.size() == 1;
            // A broker judges what the library has packed together, not single messages: who is meant by a refusal is
            // found with fewer at once.
            const bool is_unclear = !is_alone && first_is_refused_by_broker();
            most_ = is_unclear ? std::max<std::size_t>(1, some.size() / 2) : std::min(most_events, 2 * most_);
            if (auto failed = fatal()) co_return std::move(*failed);
            if (!is_unclear) co_return outcomes(is_alone);
        }
    }

    Task<> close() override {
        drop();
        co_return;
    }

private:
    /// Until the cluster has answered for each; what it said is in call_.
    Task<> produce_all(std::span<const Event> batch) {
        // Outlives this task where it is cancelled: reports may still point into it, until drop().
        call_ = std::make_unique<Call>();
        call_->reports.resize(batch.size());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            auto& report = call_->reports[i];
            report.call = call_.get();
            report.error = produce(batch[i], report);
            report.was_produced = report.error == RD_KAFKA_RESP_ERR_NO_ERROR;
            if (report.was_produced)
                ++call_->missing;
            else if (!concerns_the_message(report.error)) {
                call_->reports.resize(i + 1); // none overtakes it
                break;
            }
        }
        while (call_->missing != 0) {
            if (::rd_kafka_poll(producer_.get(), 0) == 0) co_await reported_.wait();
        }
    }

    bool first_is_refused_by_broker() const {
        const auto& first = call_->reports.front();
        return first.was_produced && concerns_the_message(first.error);
    }

    /// A producer connects when it has something to send; whether it can is to be known before.
    Task<Result<void, Away>> find_topic() {
        for (const auto end = std::chrono::steady_clock::now() + patience;;) {
            const auto error = ask_for_topic();
            if (error == RD_KAFKA_RESP_ERR_NO_ERROR) co_return Result<void, Away>{};
            ::rd_kafka_poll(producer_.get(), 0); // on_error
            if (is_refusal(trouble_.code)) co_return Away{"Kafka: " + trouble_.why, {}};
            if (trouble_.code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
                co_return unavailable(RD_KAFKA_RESP_ERR__TRANSPORT);
            if (is_refusal(error) || std::chrono::steady_clock::now() > end) co_return unavailable(error);
            co_await asio::post(environment_.executor, use_task); // a stop gets a chance
        }
    }

    rd_kafka_resp_err_t ask_for_topic() {
        const rd_kafka_metadata_t* found = nullptr;
        auto error = ::rd_kafka_metadata(producer_.get(), 0, topic_.get(), &found, question_ms);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
        if (found->topic_cnt == 1) error = found->topics[0].err;
        ::rd_kafka_metadata_destroy(found);
        return error;
    }

    Away unavailable(rd_kafka_resp_err_t error) const {
        if (error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__TIMED_OUT)
            return {trouble_.why.empty() ? "Kafka: no broker answers" : "Kafka: no broker answers: " + trouble_.why,
                    {}};
        return {"topic " + settings_.topic + ": " + error_text(error), {}};
    }

    rd_kafka_resp_err_t produce(const Event& event, Call::Report& report) {
        payload_.clear();
        key_text_.clear();
        event::append_event(payload_, event, environment_.format);
        static_cast<void>(key_.append(key_text_, event)); // only a URL can be unfit
        auto* headers = ::rd_kafka_headers_new(1);
        const std::string_view type = content_type();
        ::rd_kafka_header_add(headers, "content-type", -1, type.data(), static_cast<ssize_t>(type.size()));
        const std::array<rd_kafka_vu_t, 7> message{
            rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_RKT, .u = {.rkt = topic_.get()}},
            rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u = {.i = RD_KAFKA_MSG_F_COPY}},
            rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_VALUE, .u = {.mem = {payload_.data(), payload_.size()}}},
            rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_KEY,
                          .u = {.mem = {key_text_.empty() ? nullptr : key_text_.data(), key_text_.size()}}},
            rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u = {.i64 = milliseconds(event.received)}},
            rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_HEADERS, .u = {.headers = headers}},
            rd_kafka_vu_t{.vtype = RD_KAFKA_VTYPE_OPAQUE, .u = {.ptr = &report}}};
        const std::unique_ptr<rd_kafka_error_t, decltype(&::rd_kafka_error_destroy)> failure(
            ::rd_kafka_produceva(producer_.get(), message.data(), message.size()), ::rd_kafka_error_destroy);
        const auto error = failure ? ::rd_kafka_error_code(failure.get()) : RD_KAFKA_RESP_ERR_NO_ERROR;
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) ::rd_kafka_headers_destroy(headers);
        return error;
    }

    static std::int64_t milliseconds(Time time) {
        return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
    }

    std::string_view content_type() const noexcept {
        switch (environment_.format) {
        case event::Format::cloudevents:
            return "application/cloudevents+json";
        case event::Format::raw:
            return "application/json";
        default:
            return "text/plain; charset=utf-8";
        }
    }

    /// The rest of a batch behind a message that the cluster did not take counts as not tried, to keep the order.
    Result<Outcomes, Away> outcomes(bool is_alone) const {
        Outcomes all;
        for (const auto& report : call_->reports) {
            if (report.error == RD_KAFKA_RESP_ERR_NO_ERROR)
                all.push_back(Outcome::delivered());
            else if (concerns_the_message(report.error) && (is_alone || !report.was_produced))
                all.push_back(Outcome::reject(error_text(report.error)));
            else if (all.empty())
                return Away{error_text(report.error), {}};
            else
                break;
        }
        return all;
    }

    /// The idempotent producer gave up: only a new one can go on.
    std::optional<Away> fatal() const {
        char why[256];
        if (::rd_kafka_fatal_error(producer_.get(), why, sizeof why) == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
        return Away{std::string("librdkafka: ") + why, {}};
    }

    static std::string error_text(rd_kafka_resp_err_t error) {
        return std::string("Kafka: ") + ::rd_kafka_err2str(error);
    }

    void drop() noexcept {
        if (reports_) ::rd_kafka_queue_io_event_enable(reports_.get(), -1, nullptr, 0);
        reports_.reset();
        topic_.reset();
        if (producer_) {
            ::rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
            ::rd_kafka_poll(producer_.get(), 0);
        }
        producer_.reset();
        trouble_ = {};
        call_.reset();
        reported_.take_down();
    }

    const Settings settings_;
    const sink::Environment environment_;
    const Template key_;
    Trouble trouble_; // outlives the producer
    Owned<rd_kafka_t> producer_;
    Owned<rd_kafka_topic_t> topic_;
    Owned<rd_kafka_queue_t> reports_;
    runtime::Bell reported_; // rung when there are reports
    std::unique_ptr<Call> call_;
    std::size_t most_ = most_events; // at once; fewer while it is to be found whom a broker refuses
    std::string payload_, key_text_;
};

std::unique_ptr<sink::Sink> make(std::shared_ptr<const void> settings, sink::Environment environment) {
    return std::make_unique<KafkaSink>(*static_cast<const Settings*>(settings.get()), environment);
}

} // namespace

void check(const Settings& settings, TableReader& table) {
    for (const auto name : reserved)
        if (settings.properties.contains(std::string(name)))
            table.problem("properties", "sets " + std::string(name) + ", which is not yours to set");
    const auto key = Template::parse(settings.key, Template::Place::text);
    if (!key) table.problem("key", key.error().message);
    if (table.has("brokers") && settings.brokers.empty()) table.problem("brokers", "is empty");
}

} // namespace kafka

constinit const sink::SinkType kafka_sink{
    config::sink_kind<kafka::Settings>("kafka", "produces messages to a topic of Kafka"), &kafka::make};

} // namespace webhookd::sinks
