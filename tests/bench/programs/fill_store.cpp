#include "webhookd/event/decode.hpp"
#include "webhookd/journal/journal.hpp"
#include "webhookd/journal/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <mutex>
#include <thread>

/// Makes a store of any size in little time: messages as they come, decoded and appended by the code of the daemon,
/// every commit synced, but without senders and HTTP.
///
///     fill_store DIRECTORY EVENTS CHANGES AGE SPAN
///
/// CHANGES of the EVENTS are flag changes, the others evaluations. What was received is spread evenly over SPAN
/// seconds, which ended AGE seconds ago. Prints after each million (or tenth, if that is less): the events that are
/// durable, the seconds it took and the seconds of CPU of the whole process since the last such line.
namespace {

using namespace webhookd;
using namespace std::chrono_literals;

constexpr std::size_t in_flight = 2048; // two full commits: while one is synced the next one gathers
constexpr std::size_t flags = 200, actors = 40;
constexpr std::array environments{"Production", "Staging", "Development"};

struct Plan {
    std::filesystem::path directory;
    std::uint64_t events, changes;
    Duration age, span;

    Time received(Time begin, std::uint64_t number) const {
        return begin - age - span + span / static_cast<Duration::rep>(events) * static_cast<Duration::rep>(number);
    }
};

std::string flag_change(std::uint64_t number) {
    const auto flag = number * 7919 % flags;
    const auto state = [&](bool enabled, std::uint64_t value) {
        return fmt::format(
            R"({{"enabled": {}, "environment": {{"id": {}, "name": "{}"}}, "feature": {{"created_date": "2026-01-14T09:31:22.120461Z", "default_enabled": false, "description": null, "id": {}, "initial_value": null, "name": "{}", "project": {{"id": 7, "name": "Webshop"}}, "type": "STANDARD"}}, "feature_segment": null, "feature_state_value": "value {}", "identity": null, "identity_identifier": null, "multivariate_feature_state_values": []}})",
            enabled, 12 + number % environments.size(), environments[number % environments.size()], 1800 + flag,
            flag == 0 ? "checkout_v2" : fmt::format("flag_{:03}", flag), value);
    };
    const bool switched = number % 3 != 0;
    return fmt::format(
        R"({{"data": {{"changed_by": "person{}@example.com", "new_state": {}, "previous_state": {}, "timestamp": "2026-10-{:02}T14:{:02}:{:02}.{:06}Z"}}, "event_type": "FLAG_UPDATED"}})",
        number * 104729 % actors, state(true, number), state(!switched, switched ? number : number + 1),
        1 + number / 36'000 / 60 % 28, number / 60 % 60, number % 60, number % 1'000'000);
}

std::string evaluation(std::uint64_t number) {
    return fmt::format(
        R"({{"flags": [{{"enabled": true, "environment": 12, "feature": {{"created_date": "2026-01-14T09:31:22Z", "default_enabled": false, "description": null, "id": 1840, "initial_value": null, "name": "checkout_v2", "type": "STANDARD"}}, "feature_segment": null, "feature_state_value": {}, "id": 33840, "identity": null}}], "identity": "user-{}", "segments": [{{"id": 31, "member": true, "name": "beta_users"}}], "traits": [{{"id": 501, "trait_key": "plan", "trait_value": "gold", "transient": false}}]}})",
        number, number * 2654435761 % 1'000'000);
}

/// Appends that are under way, each with memory of its own.
class Filler {
public:
    Filler(journal::Journal& journal, const Plan& plan) : journal_(journal), plan_(plan) {
        for (auto& slot : slots_) slot.filler = this;
    }

    void add(std::uint64_t number, std::string body) {
        auto& slot = free_slot();
        const auto size = body.size();
        slot.text = std::move(body);
        slot.text.append(event::body_padding, '\0');
        slot.body = std::string_view(slot.text).substr(0, size);
        const event::EndpointRules rules{.endpoint = "environment", .path = "/environment-webhook"};
        const auto& decoded = decoder_.decode(slot.body, rules);
        if (decoded.verdict != event::Decoded::Verdict::valid) throw std::runtime_error("made a wrong message");
        slot.block = decoded.attributes.bytes();
        slot.attributes = slot.block;
        slot.received = plan_.received(begin_, number);
        slot.id = decoded.unique ? content_id(slot.body) : receipt_id(slot.received);
        slot.family = decoded.is_evaluation ? journal::Family::evaluations : journal::Family::changes;
        slot.endpoint = rules.endpoint;
        slot.duplicate_window = decoded.unique ? Duration(24h) : Duration(0);
        slot.next = nullptr;
        journal_.append(slot);
    }
    void finish() {
        std::unique_lock lock(mutex_);
        came_back_.wait(lock, [&] { return flying_ == 0; });
    }

private:
    struct Slot : journal::Append {
        Slot() {
            complete = [](journal::Append& done) noexcept {
                auto& slot = static_cast<Slot&>(done);
                if (slot.status != journal::AppendStatus::stored) std::abort();
                slot.filler->landed(slot);
            };
        }
        Filler* filler = nullptr;
        std::string text, block;
        bool is_flying = false; // guarded by mutex_
    };
    Slot& free_slot() {
        auto& slot = slots_[turn_++ % in_flight];
        std::unique_lock lock(mutex_);
        came_back_.wait(lock, [&] { return !slot.is_flying; });
        slot.is_flying = true;
        ++flying_;
        return slot;
    }
    void landed(Slot& slot) noexcept {
        const std::lock_guard lock(mutex_);
        slot.is_flying = false;
        --flying_;
        came_back_.notify_one();
    }

    journal::Journal& journal_;
    const Plan plan_;
    const Time begin_ = now();
    event::Decoder decoder_;
    std::array<Slot, in_flight> slots_;
    std::size_t turn_ = 0;
    std::mutex mutex_;
    std::condition_variable came_back_;
    std::size_t flying_ = 0; // guarded by mutex_
};

/// Says how long it took since it last said so.
class StopWatch {
public:
    void say(std::uint64_t events) {
        const auto time = std::chrono::steady_clock::now();
        const auto cpu = std::clock();
        fmt::print("{} {:.3f} {:.3f}\n", events, std::chrono::duration<double>(time - time_).count(),
                   static_cast<double>(cpu - cpu_) / CLOCKS_PER_SEC);
        std::fflush(stdout);
        time_ = time;
        cpu_ = cpu;
    }

private:
    std::chrono::steady_clock::time_point time_ = std::chrono::steady_clock::now();
    std::clock_t cpu_ = std::clock();
};

void fill(const Plan& plan) {
    journal::Settings settings;
    settings.directory = plan.directory;
    settings.changes = settings.evaluations = {24h * 365, ByteSize{1ull << 40}};
    const auto journal = journal::Journal::open(settings, [](const std::string& why) {
        std::cerr << why << '\n';
        std::_Exit(1);
    });
    {
        Filler filler(*journal, plan);
        StopWatch watch;
        const auto step = std::max<std::uint64_t>(std::min<std::uint64_t>(1'000'000, plan.events / 10), 1);
        for (std::uint64_t number = 0, made = 0; number < plan.events; ++number) {
            const bool is_change = made * plan.events <= number * plan.changes && made < plan.changes;
            filler.add(number, is_change ? flag_change(made) : evaluation(number));
            made += is_change ? 1 : 0;
            if ((number + 1) % step == 0) {
                filler.finish();
                watch.say(number + 1);
            }
        }
        filler.finish();
    }
    for (;;) { // as in a daemon that has been running for a while
        const auto figures = journal->store().figures();
        if (!figures) throw std::runtime_error(figures.error().message);
        if (figures->indexed >= figures->committed) break;
        std::this_thread::sleep_for(100ms);
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::cerr << "usage: fill_store DIRECTORY EVENTS CHANGES AGE SPAN\n";
        return 2;
    }
    try {
        const auto seconds = [](const char* text) { return std::chrono::seconds(std::strtoull(text, nullptr, 10)); };
        fill({argv[1], std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10), seconds(argv[4]),
              seconds(argv[5])});
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
