#pragma once

#include "support/memory_journal.hpp"
#include "support/scripted_sink.hpp"
#include "support/temporary_directory.hpp"
#include "webhookd/delivery/delivery.hpp"
#include "webhookd/telemetry/log.hpp"

#include <numeric>
#include <thread>

namespace webhookd::test {

/// A journal in memory and lanes to scripted destinations.
class DeliveryFixture : public ::testing::Test {
protected:
    using Sequences = std::vector<std::uint64_t>;

    void SetUp() override { spdlog::set_level(spdlog::level::off); }
    void TearDown() override { spdlog::set_level(spdlog::level::info); }

    static config::Sink sink(const std::string& name, const std::shared_ptr<Script>& script) {
        using namespace std::chrono_literals;
        config::Sink settings;
        settings.name = name;
        settings.type = "scripted";
        settings.from = config::Sink::From::beginning;
        settings.retry = {.first = 2ms, .max = 20ms, .attempts = 3};
        settings.own = script;
        return settings;
    }
    void start(delivery::Delivery::Mode mode = delivery::Delivery::Mode::normal) {
        delivery.emplace(*journal, std::span(&scripted_sink, 1), mode);
        delivery->apply(sinks);
    }
    void start_with(const std::shared_ptr<Script>& one) {
        sinks = {sink("one", one)};
        start();
    }
    void restart() {
        ASSERT_TRUE(delivery->stop(std::chrono::seconds(5)));
        delivery.reset();
        start();
    }
    void store(std::size_t events, std::string_view flag = "a") {
        for (std::size_t i = 0; i < events; ++i) journal->add(flag, std::to_string(i));
    }
    static Sequences range(std::uint64_t first, std::uint64_t last) {
        Sequences all(last - first + 1);
        std::iota(all.begin(), all.end(), first);
        return all;
    }
    template <class Condition>
    static bool eventually(Condition condition, Duration limit = std::chrono::seconds(10)) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return true;
    }
    delivery::LaneStatus status() { return delivery->lanes().at(0); }
    std::vector<journal::DeadLetter> dead_letters() {
        return journal->ledger().dead_letters({.lane = "one", .limit = 1000, .with_body = true}).value();
    }

    TemporaryDirectory directory;
    std::unique_ptr<MemoryJournal> journal = std::make_unique<MemoryJournal>(directory.path());
    std::shared_ptr<Script> script = std::make_shared<Script>();
    std::vector<config::Sink> sinks;
    std::optional<delivery::Delivery> delivery;
};

} // namespace webhookd::test
