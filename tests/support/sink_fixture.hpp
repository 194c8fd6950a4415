#pragma once

#include "webhookd/sink/type.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <deque>
#include <optional>
#include <string>

namespace webhookd::test {

/// Runs a task to its end on an io_context of the caller's.
template <class T>
T run(asio::io_context& context, Task<T> task) {
    std::optional<T> result;
    std::exception_ptr failure;
    asio::co_spawn(context, std::move(task), [&](std::exception_ptr error, T value) {
        failure = error;
        result.emplace(std::move(value));
    });
    context.restart();
    while (!result && context.run_one() != 0) {
    }
    if (failure) std::rethrow_exception(failure);
    if (!result) throw std::runtime_error("the task waits for nothing");
    return std::move(*result);
}

inline void run(asio::io_context& context, Task<> task) {
    bool is_done = false;
    std::exception_ptr failure;
    asio::co_spawn(context, std::move(task), [&](std::exception_ptr error) {
        failure = error;
        is_done = true;
    });
    context.restart();
    while (!is_done && context.run_one() != 0) {
    }
    if (failure) std::rethrow_exception(failure);
}

/// One sink without a lane: the test calls it and makes its events.
class SinkFixture : public ::testing::Test {
protected:
    template <class Settings>
    void make(const sink::SinkType& type, Settings settings, event::Format format = event::Format::raw) {
        sink_ =
            type.make(std::make_shared<const Settings>(std::move(settings)), {"test", format, context_.get_executor()});
    }
    Result<void, sink::Away> open() { return run(context_, sink_->open()); }
    void close() { run(context_, sink_->close()); }

    /// An event for the next batch.
    void event(std::string body, std::string_view flag = "checkout_v2") {
        auto& kept = kept_.emplace_back();
        kept.body = std::move(body);
        kept.attributes.add(Attribute::type, "com.flagsmith.flag.updated");
        kept.attributes.add(Attribute::source, "/environment-webhook");
        kept.attributes.add(Attribute::subject, flag);
        kept.attributes.add(Attribute::flag, flag);
        kept.attributes.add(Attribute::environment, "Production");
        kept.attributes.add(Attribute::actor, "jane@example.com");
        kept.attributes.add(Attribute::changed, "enabled");
        kept.attributes.add(Attribute::enabled, true);
        kept.attributes.add(Attribute::wasenabled, false);
        batch_.push_back({++sequence_, content_id(kept.body), Time(std::chrono::seconds(1'795'442'531)),
                          kept.attributes.view(), kept.body, false});
    }
    Result<sink::Outcomes, sink::Away> deliver() {
        auto outcomes = run(context_, sink_->deliver(batch_));
        batch_.clear();
        kept_.clear();
        return outcomes;
    }
    /// Delivers one event that must get through.
    void deliver(std::string body) {
        event(std::move(body));
        const auto outcomes = deliver();
        ASSERT_TRUE(outcomes) << outcomes.error().why;
        ASSERT_EQ(outcomes->size(), 1u);
        ASSERT_EQ(outcomes->front().kind, sink::Outcome::Kind::delivered) << outcomes->front().why;
    }

    /// Delivers to a server that does not answer, and is told to stop meanwhile; what that came to.
    std::exception_ptr deliver_and_cancel() {
        asio::cancellation_signal cancel;
        asio::steady_timer timer(context_, std::chrono::milliseconds(50));
        timer.async_wait([&](boost::system::error_code) { cancel.emit(asio::cancellation_type::terminal); });
        bool is_over = false;
        std::exception_ptr failure;
        asio::co_spawn(context_, sink_->deliver(batch_),
                       asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr error, const auto&) {
                           is_over = true;
                           failure = error;
                       }));
        context_.restart();
        while (!is_over && context_.run_one() != 0) {
        }
        batch_.clear();
        kept_.clear();
        return failure;
    }

    asio::io_context context_;
    std::unique_ptr<sink::Sink> sink_;

private:
    struct Kept {
        std::string body;
        AttributeWriter attributes;
    };
    std::deque<Kept> kept_;
    std::vector<event::Event> batch_;
    std::uint64_t sequence_ = 0;
};

} // namespace webhookd::test
