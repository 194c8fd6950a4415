#include "sinks/redis/redis_sink.hpp"

#include "sinks/redis/resp.hpp"
#include "sinks/redis/settings.hpp"
#include "webhookd/net/connection.hpp"

#include <array>
#include <optional>

namespace webhookd::sinks {
namespace redis {

std::optional<config::Complaint> form_redis_url(std::string_view text) {
    const auto parsed = parse_url(text);
    if (parsed) return {};
    return config::Complaint{parsed.error().message, "such as \"redis://redis.internal:6379/0\""};
}

namespace {

using event::Event;
using sink::Away;
using sink::Outcome;
using sink::Outcomes;

/// What else an entry holds beside id and event, so that a reader need not parse the event to choose.
constexpr std::array fields{Attribute::type, Attribute::flag, Attribute::environment};

class RedisSink final : public sink::Sink {
public:
    RedisSink(const Settings& settings, const sink::Environment& environment)
        : settings_(settings), environment_(environment), location_(parse_url(settings.url).value()),
          max_length_(std::to_string(settings.max_length)) {
        if (location_.tls) tls_.emplace(net::make_client_tls(settings.ca));
    }

    sink::Capacity capacity() const override { return {.timeout = settings_.timeout}; }

    Task<Result<void, Away>> open() override {
        connection_.emplace(environment_.executor);
        unread_.clear();
        connection_->begin_limit(settings_.timeout);
        auto connected = co_await connection_->connect(location_.host, location_.port);
        if (connected && tls_) connected = co_await connection_->secure(*tls_, location_.host);
        if (!connected) co_return Away{connected.error().message, {}};
        auto introduced = co_await introduce();
        connection_->end_limit();
        co_return introduced;
    }

    Task<Result<Outcomes, Away>> deliver(std::span<const Event> batch) override {
        commands_.clear();
        for (const auto& event : batch) append_event_command(event);
        if (const auto error = co_await connection_->write(commands_); error)
            co_return Away{"writing to Redis: " + connection_->describe(error), {}};
        // All replies are read, so that the next batch does not meet those of this one. Only what was answered before
        // any trouble counts.
        Outcomes outcomes;
        std::optional<Away> trouble;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            Reply reply;
            if (auto read = co_await read_reply(reply); !read) {
                if (!trouble) trouble = read.error();
                break;
            }
            if (reply.kind == Reply::Kind::error && concerns_all(reply.text) && !trouble)
                trouble = Away{"Redis: " + std::string(reply.text), {}};
            if (!trouble)
                outcomes.push_back(reply.kind == Reply::Kind::error
                                       ? Outcome::retry("Redis refused it: " + std::string(reply.text))
                                       : Outcome::delivered());
            unread_.erase(0, reply.length);
        }
        if (trouble && outcomes.empty()) co_return std::move(*trouble);
        co_return outcomes;
    }

    Task<> close() override {
        connection_.reset();
        co_return;
    }

private:
    /// Who we are and which database is meant.
    Task<Result<void, Away>> introduce() {
        std::string commands;
        std::size_t replies = 0;
        if (!location_.password.empty()) {
            if (location_.user.empty())
                append_command(commands, {"AUTH", location_.password});
            else
                append_command(commands, {"AUTH", location_.user, location_.password});
            ++replies;
        }
        if (!location_.database.empty()) {
            append_command(commands, {"SELECT", location_.database});
            ++replies;
        }
        append_command(commands, {"PING"});
        ++replies;
        if (const auto error = co_await connection_->write(commands); error)
            co_return Away{"writing to Redis: " + connection_->describe(error), {}};
        for (; replies != 0; --replies) {
            Reply reply;
            if (auto read = co_await read_reply(reply); !read) co_return read.error();
            if (reply.kind == Reply::Kind::error) co_return Away{"Redis: " + std::string(reply.text), {}};
            unread_.erase(0, reply.length);
        }
        co_return Result<void, Away>{};
    }

    void append_event_command(const Event& event) {
        text_.clear();
        event::append_event(text_, event, environment_.format);
        std::size_t words = 3 + 2 * 2;
        if (settings_.max_length != 0) words += 3;
        for (const auto field : fields)
            if (event.attributes.get(field)) words += 2;
        append_count(commands_, words);
        append_word(commands_, "XADD");
        append_word(commands_, settings_.stream);
        if (settings_.max_length != 0) {
            append_word(commands_, "MAXLEN");
            append_word(commands_, "~");
            append_word(commands_, max_length_);
        }
        append_word(commands_, "*");
        append_word(commands_, "id");
        append_word(commands_, to_string(event.id));
        for (const auto field : fields) {
            const auto value = event.attributes.get(field);
            if (!value) continue;
            append_word(commands_, info(field).name);
            append_word(commands_, *value);
        }
        append_word(commands_, "event");
        append_word(commands_, text_);
    }

    /// The reply at the front of `unread_`, which it looks into.
    Task<Result<void, Away>> read_reply(Reply& reply) {
        for (;;) {
            const auto parsed = parse_reply(unread_, reply);
            if (parsed == Parse::whole) co_return Result<void, Away>{};
            if (parsed == Parse::malformed) co_return Away{"the server does not speak Redis' protocol", {}};
            if (const auto error = co_await connection_->read_some(unread_); error)
                co_return Away{"reading from Redis: " + connection_->describe(error), {}};
        }
    }

    const Settings settings_;
    const sink::Environment environment_;
    const Location location_;
    const std::string max_length_;
    std::optional<asio::ssl::context> tls_;
    std::optional<net::Connection> connection_;
    std::string commands_, text_, unread_;
};

std::unique_ptr<sink::Sink> make(std::shared_ptr<const void> settings, sink::Environment environment) {
    return std::make_unique<RedisSink>(*static_cast<const Settings*>(settings.get()), environment);
}

} // namespace
} // namespace redis

constinit const sink::SinkType redis_sink{
    config::sink_kind<redis::Settings>("redis", "adds entries to a stream of Redis"), &redis::make};

} // namespace webhookd::sinks
