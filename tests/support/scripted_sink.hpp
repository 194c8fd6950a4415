#pragma once

#include "webhookd/sink/type.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace webhookd::test {

/// What a destination in a test does, and what it got; shared by the test and the sink.
struct Script {
    using Answer = Result<sink::Outcomes, sink::Away>;

    sink::Capacity capacity;
    /// On the lane's thread, with the call's events.
    std::function<Answer(std::span<const event::Event>)> answer = [](std::span<const event::Event> batch) {
        return Answer(sink::Outcomes(batch.size()));
    };
    std::function<Result<void, sink::Away>()> open = [] { return Result<void, sink::Away>(); };
    Duration takes{0}; // each call, without blocking the thread

    /// Waits until so many events were delivered.
    bool wait_for(std::size_t events, Duration limit = std::chrono::seconds(10)) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, limit, [&] { return delivered.size() >= events; });
    }
    std::vector<std::uint64_t> sequences() {
        const std::lock_guard lock(mutex);
        return delivered;
    }
    std::vector<std::string> flag_order(std::string_view flag) {
        const std::lock_guard lock(mutex);
        std::vector<std::string> all;
        for (const auto& [name, body] : bodies)
            if (name == flag) all.push_back(body);
        return all;
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::uint64_t> delivered;                    // sequences, in the order of arrival
    std::vector<std::pair<std::string, std::string>> bodies; // flag and body
    std::vector<bool> redeliveries;
    std::vector<std::chrono::steady_clock::time_point> arrivals; // of calls
    std::atomic<int> made{0}, opened{0}, closed{0}, reopened{0}, under_way{0}, most_under_way{0};
};

namespace detail {

class ScriptedSink final : public sink::Sink {
public:
    ScriptedSink(std::shared_ptr<Script> script, Executor executor) : script_(std::move(script)), executor_(executor) {
        ++script_->made;
    }
    sink::Capacity capacity() const override { return script_->capacity; }
    Task<Result<void, sink::Away>> open() override {
        ++script_->opened;
        co_return script_->open();
    }
    Task<Result<sink::Outcomes, sink::Away>> deliver(std::span<const event::Event> batch) override {
        const int now_under_way = ++script_->under_way;
        if (now_under_way > script_->most_under_way) script_->most_under_way = now_under_way;
        const struct Leave {
            std::atomic<int>& count;
            ~Leave() { --count; }
        } leave{script_->under_way};
        if (script_->takes != Duration::zero()) {
            Timer timer(executor_, script_->takes);
            co_await timer.async_wait(use_task);
        }
        auto answer = script_->answer(batch);
        const std::lock_guard lock(script_->mutex);
        script_->arrivals.push_back(std::chrono::steady_clock::now());
        if (answer) {
            for (std::size_t i = 0; i < answer->size(); ++i) {
                if ((*answer)[i].kind != sink::Outcome::Kind::delivered) continue;
                script_->delivered.push_back(batch[i].sequence);
                script_->bodies.emplace_back(batch[i].attributes.get_or(Attribute::flag, ""), batch[i].body);
                script_->redeliveries.push_back(batch[i].redelivery);
            }
        }
        script_->changed.notify_all();
        co_return answer;
    }
    Task<> close() override {
        ++script_->closed;
        co_return;
    }
    void reopen() override { ++script_->reopened; }

private:
    std::shared_ptr<Script> script_;
    Executor executor_;
};

} // namespace detail

/// The type "scripted"; a sink's own settings are its Script.
inline const sink::SinkType scripted_sink{
    {"scripted", "a destination in a test", nullptr, nullptr, [](const void* a, const void* b) { return a == b; }},
    [](std::shared_ptr<const void> settings, sink::Environment environment) -> std::unique_ptr<sink::Sink> {
        return std::make_unique<detail::ScriptedSink>(
            std::const_pointer_cast<Script>(std::static_pointer_cast<const Script>(settings)), environment.executor);
    }};

} // namespace webhookd::test
