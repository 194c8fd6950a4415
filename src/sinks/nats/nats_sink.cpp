#include "sinks/nats/nats_sink.hpp"

#include "sinks/nats/settings.hpp"
#include "webhookd/runtime/bell.hpp"
#include "webhookd/sink/template.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <nats/nats.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_map>

namespace webhookd::sinks {
namespace nats {
namespace {

using event::Event;
using sink::Away;
using sink::Outcome;
using sink::Outcomes;
using sink::Template;

/// What the threads of the client library tell about the messages of one connection.
class Acknowledgements {
public:
    explicit Acknowledgements(runtime::Bell& bell) : bell_(&bell) {}

    /// A new batch. Before the messages go out.
    void begin(std::size_t messages) {
        const std::lock_guard lock(mutex_);
        indexes_.clear();
        outcomes_.assign(messages, Outcome::delivered());
        trouble_.clear();
        missing_ = messages;
    }
    void expect(natsMsg* message, std::size_t index) {
        const std::lock_guard lock(mutex_);
        indexes_[message] = index;
    }
    void settle(natsMsg* message, const jsPubAckErr* error) {
        const std::lock_guard lock(mutex_);
        const auto index = indexes_.find(message);
        if (index == indexes_.end()) return;
        if (error != nullptr) note_error(index->second, *error, ::natsMsg_GetSubject(message));
        indexes_.erase(index);
        if (--missing_ == 0) ring();
    }
    void reject(std::size_t index, std::string why) {
        const std::lock_guard lock(mutex_);
        outcomes_[index] = Outcome::reject(std::move(why));
        --missing_;
    }
    void close(std::string why) {
        const std::lock_guard lock(mutex_);
        closed_ = std::move(why);
        ring();
    }
    /// Nobody waits any more.
    void forget_bell() {
        const std::lock_guard lock(mutex_);
        bell_ = nullptr;
    }

    /// All are answered, or no answer can come any more.
    bool is_over() {
        const std::lock_guard lock(mutex_);
        return missing_ == 0 || !closed_.empty();
    }
    /// What was answered before any trouble counts.
    Result<Outcomes, Away> outcomes() {
        const std::lock_guard lock(mutex_);
        if (!closed_.empty()) return Away{closed_, {}};
        if (trouble_.empty()) return outcomes_;
        const auto& [first, why] = *trouble_.begin();
        if (first == 0) return Away{why, {}};
        return Outcomes(outcomes_.begin(), outcomes_.begin() + static_cast<std::ptrdiff_t>(first));
    }

private:
    void note_error(std::size_t index, const jsPubAckErr& error, const std::string& subject) {
        const std::string why =
            "NATS: " + std::string(error.ErrText != nullptr ? error.ErrText : ::natsStatus_GetText(error.Err));
        if (error.ErrCode == JSStreamMessageExceedsMaximumErr || error.Err == NATS_MAX_PAYLOAD)
            outcomes_[index] = Outcome::reject(why);
        else if (error.Err == NATS_NO_RESPONDERS)
            trouble_[index] = "NATS: no stream takes the subject " + subject;
        else
            trouble_[index] = why;
    }
    void ring() {
        if (bell_ != nullptr) bell_->ring();
    }

    std::mutex mutex_;
    runtime::Bell* bell_;
    std::unordered_map<natsMsg*, std::size_t> indexes_;
    Outcomes outcomes_;
    std::map<std::size_t, std::string> trouble_;
    std::size_t missing_ = 0;
    std::string closed_;
};

/// The library does not tell when the last of its callbacks has returned: what they look at stays a good while.
void keep_for_callbacks(std::shared_ptr<Acknowledgements> acknowledgements) {
    static std::mutex mutex;
    static std::deque<std::shared_ptr<Acknowledgements>> kept;
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(acknowledgements));
    if (kept.size() > 64) kept.pop_front();
}

void on_acknowledgement(jsCtx*, natsMsg* message, jsPubAck*, jsPubAckErr* error, void* closure) {
    static_cast<Acknowledgements*>(closure)->settle(message, error);
    ::natsMsg_Destroy(message);
}

void on_closed(natsConnection* connection, void* closure) {
    const char* why = nullptr;
    ::natsConnection_GetLastError(connection, &why);
    static_cast<Acknowledgements*>(closure)->close("NATS: the connection was closed" +
                                                   (why != nullptr && *why != '\0' ? ": " + std::string(why) : ""));
}

struct Destroy {
    void operator()(natsOptions* options) const noexcept { ::natsOptions_Destroy(options); }
    void operator()(natsConnection* connection) const noexcept { ::natsConnection_Destroy(connection); }
    void operator()(jsCtx* context) const noexcept { ::jsCtx_Destroy(context); }
    void operator()(natsMsg* message) const noexcept { ::natsMsg_Destroy(message); }
};
template <class T>
using Owned = std::unique_ptr<T, Destroy>;

/// The server ends the connection at a line of control that is longer than its `max_control_line` (4096 unless told
/// otherwise), which holds the subject, a subject for the answer, and sizes.
constexpr std::size_t most_subject = 3072;

class NatsSink final : public sink::Sink {
public:
    NatsSink(const Settings& settings, const sink::Environment& environment)
        : settings_(settings), environment_(environment),
          subject_(Template::parse(settings.subject, Template::Place::token).value()), bell_(environment.executor) {}
    ~NatsSink() override { drop(); }

    sink::Capacity capacity() const override { return {.batch_events = 2000, .timeout = settings_.timeout}; }

    /// Connecting blocks the lane's thread for as long as the time limit allows.
    Task<Result<void, Away>> open() override {
        drop();
        if (const auto hung = bell_.hang(); !hung) co_return Away{hung.error().message, {}};
        acknowledgements_ = std::make_shared<Acknowledgements>(bell_);
        natsOptions* made = nullptr;
        auto status = ::natsOptions_Create(&made);
        const Owned<natsOptions> options(made);
        if (status == NATS_OK) status = configure(options.get());
        natsConnection* connection = nullptr;
        if (status == NATS_OK) status = ::natsConnection_Connect(&connection, options.get());
        connection_.reset(connection);
        if (status != NATS_OK) co_return away("connecting to NATS", status);
        jsOptions how;
        ::jsOptions_Init(&how);
        how.PublishAsync.AckHandler = on_acknowledgement;
        how.PublishAsync.AckHandlerClosure = acknowledgements_.get();
        jsCtx* context = nullptr;
        status = ::natsConnection_JetStream(&context, connection_.get(), &how);
        context_.reset(context);
        if (status != NATS_OK) co_return away("JetStream", status);
        co_return Result<void, Away>{};
    }

    Task<Result<Outcomes, Away>> deliver(std::span<const Event> batch) override {
        acknowledgements_->begin(batch.size());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            const auto status = publish(batch[i], i);
            if (status == NATS_MAX_PAYLOAD)
                acknowledgements_->reject(i, "larger than the server takes");
            else if (status == NATS_INVALID_SUBJECT)
                acknowledgements_->reject(i, "its subject would be longer than the server takes");
            else if (status != NATS_OK)
                co_return away("publishing", status);
        }
        while (!acknowledgements_->is_over()) co_await bell_.wait();
        co_return acknowledgements_->outcomes();
    }

    Task<> close() override {
        drop();
        co_return;
    }

private:
    natsStatus configure(natsOptions* options) {
        std::vector<const char*> servers;
        for (const auto& server : settings_.servers) servers.push_back(server.c_str());
        auto status = ::natsOptions_SetServers(options, servers.data(), static_cast<int>(servers.size()));
        const auto then = [&](auto set, auto... arguments) {
            if (status == NATS_OK) status = set(options, arguments...);
        };
        then(::natsOptions_SetName, "flagsmith-webhookd");
        then(::natsOptions_SetTimeout, settings_.timeout.count());
        then(::natsOptions_SetAllowReconnect, false); // the lane opens again, and knows what was not acknowledged
        then(::natsOptions_SetClosedCB, on_closed, static_cast<void*>(acknowledgements_.get()));
        if (!settings_.credentials.empty())
            then(::natsOptions_SetUserCredentialsFromFiles, settings_.credentials.c_str(),
                 static_cast<const char*>(nullptr));
        if (settings_.tls) {
            then(::natsOptions_SetSecure, true);
            if (!settings_.tls->ca.empty()) then(::natsOptions_LoadCATrustedCertificates, settings_.tls->ca.c_str());
            if (!settings_.tls->certificate.empty())
                then(::natsOptions_LoadCertificatesChain, settings_.tls->certificate.c_str(),
                     settings_.tls->key.c_str());
        }
        return status;
    }

    natsStatus publish(const Event& event, std::size_t index) {
        payload_.clear();
        subject_text_.clear();
        event::append_event(payload_, event, environment_.format);
        static_cast<void>(subject_.append(subject_text_, event)); // only a URL can be unfit
        if (subject_text_.size() > most_subject) return NATS_INVALID_SUBJECT;
        natsMsg* made = nullptr;
        auto status =
            ::natsMsg_Create(&made, subject_text_.c_str(), nullptr, payload_.data(), static_cast<int>(payload_.size()));
        Owned<natsMsg> message(made);
        const auto id = to_string(event.id);
        if (status == NATS_OK && !event.redelivery) status = ::natsMsgHeader_Set(made, "Nats-Msg-Id", id.c_str());
        if (status != NATS_OK) return status;
        acknowledgements_->expect(made, index);
        auto* given = message.release();
        status = ::js_PublishMsgAsync(context_.get(), &given, nullptr);
        if (given != nullptr) ::natsMsg_Destroy(given); // not taken
        return status;
    }

    Away away(std::string_view doing, natsStatus status) const {
        auto why = std::string(doing) + ": " + ::natsStatus_GetText(status);
        natsStatus of = NATS_OK;
        const char* const detail = ::nats_GetLastError(&of); // this thread's
        if (of == status && detail != nullptr && *detail != '\0' && !tells_a_secret(detail))
            why.append(", ").append(detail);
        return {std::move(why), {}};
    }

    /// The library may cite an address, and an address may hold a password or a token.
    bool tells_a_secret(std::string_view text) const {
        return std::ranges::any_of(settings_.servers, [&](const std::string& server) {
            const auto url = boost::urls::parse_uri(server);
            return url && url->has_userinfo() && text.find(std::string_view(url->encoded_userinfo())) != text.npos;
        });
    }

    void drop() noexcept {
        context_.reset();
        connection_.reset();
        if (acknowledgements_) {
            acknowledgements_->forget_bell();
            keep_for_callbacks(std::move(acknowledgements_));
        }
        bell_.take_down();
    }

    const Settings settings_;
    const sink::Environment environment_;
    const Template subject_;
    runtime::Bell bell_;
    std::shared_ptr<Acknowledgements> acknowledgements_;
    Owned<natsConnection> connection_;
    Owned<jsCtx> context_;
    std::string payload_, subject_text_;
};

std::unique_ptr<sink::Sink> make(std::shared_ptr<const void> settings, sink::Environment environment) {
    return std::make_unique<NatsSink>(*static_cast<const Settings*>(settings.get()), environment);
}

} // namespace

std::optional<config::Complaint> form_server(std::string_view text) {
    const auto url = boost::urls::parse_uri(text);
    if (url && (url->scheme() == "nats" || url->scheme() == "tls") && !url->host().empty()) return {};
    return config::Complaint{"is no URL of a server", "such as \"nats://nats.internal:4222\""};
}

void check(const Settings& settings, TableReader& table) {
    if (settings.servers.empty()) table.problem("servers", "is empty");
    const auto subject = Template::parse(settings.subject, Template::Place::token);
    if (!subject) table.problem("subject", subject.error().message);
    if (settings.tls && settings.tls->certificate.empty() != settings.tls->key.empty())
        table.problem("tls", "has a certificate without its key, or a key without its certificate");
}

} // namespace nats

constinit const sink::SinkType nats_sink{
    config::sink_kind<nats::Settings>("nats", "publishes messages to a stream of NATS JetStream"), &nats::make};

} // namespace webhookd::sinks
