#include "webhookd/delivery/delivery.hpp"

#include "delivery/lane.hpp"
#include "delivery/place_keeper.hpp"

#include "webhookd/config/load.hpp"
#include "webhookd/journal/ledger.hpp"
#include "webhookd/telemetry/log.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace webhookd::delivery {
namespace {

/// What a lane that is replaced gets to finish what is under way, and what it then gets to let go.
constexpr Duration replace_patience = std::chrono::seconds(5);
constexpr Duration let_go_patience = std::chrono::seconds(2);

constexpr Duration warn_again = std::chrono::hours(24);

/// So many jobs that are over are remembered.
constexpr std::size_t most_jobs = 32;

using Lanes = std::map<std::string, std::shared_ptr<Lane>, std::less<>>;

Error no_such_sink(std::string_view name) {
    return Error{"there is no sink \"", name, "\""};
}

} // namespace

struct Delivery::Impl {
    Impl(journal::Journal& to_read, std::span<const sink::SinkType> built_in, Mode how)
        : journal(to_read), types(built_in), mode(how),
          keeper(journal.ledger(), [this](std::uint64_t needed) { journal.set_retention_floor(needed); }) {
        for (const auto& type : types) kinds.push_back(type.kind);
    }

    journal::Journal& journal;
    std::span<const sink::SinkType> types;
    const Mode mode;
    std::vector<config::SinkKind> kinds;
    PlaceKeeper keeper;
    std::atomic<std::size_t> refusing{0}; // lanes that have no room and must not skip
    mutable std::mutex mutex;             // guards what follows
    Lanes lanes;
    std::map<std::string, std::shared_ptr<Place>, std::less<>> removed; // places of sinks that are not configured
    std::map<std::string, Time, std::less<>> warned;
    bool is_one_stuck = false;
    std::deque<std::shared_ptr<RedeliveryJob>> jobs; // the latest first
    std::uint64_t last_job = 0;

    const sink::SinkType& type_of(const config::Sink& settings) const {
        const auto type = std::find_if(types.begin(), types.end(),
                                       [&](const sink::SinkType& each) { return each.kind.type == settings.type; });
        if (type == types.end())
            throw std::runtime_error("sink " + settings.name + ": no type \"" + settings.type + "\" in this build");
        return *type;
    }

    std::shared_ptr<Lane> find(std::string_view sink) const {
        const auto lane = lanes.find(sink);
        return lane == lanes.end() ? nullptr : lane->second;
    }

    /// Starts a job that `make` makes, given its number.
    template <class Make>
    Result<std::uint64_t> start_job(std::string_view sink, Make make) {
        const auto lane = find(sink);
        if (!lane) return no_such_sink(sink);
        auto job = make(*lane, ++last_job);
        lane->add(job);
        jobs.push_front(std::move(job));
        while (jobs.size() > most_jobs && jobs.back()->progress().is_over) jobs.pop_back();
        return last_job;
    }

    std::map<std::string, journal::LaneState> known_lanes() const {
        std::map<std::string, journal::LaneState> known;
        for (auto& state : journal.ledger().lanes().value()) known.emplace(state.lane, std::move(state));
        return known;
    }

    /// The place a lane begins at: where it was, or as `from` says for one that is new.
    std::shared_ptr<Place> place_for(const config::Sink& sink, const std::map<std::string, journal::LaneState>& known) {
        const auto committed = journal.committed();
        if (const auto lane = lanes.find(sink.name); lane != lanes.end()) return lane->second->place();
        const auto state = known.find(sink.name);
        if (state == known.end())
            return std::make_shared<Place>(sink.name, sink.from == config::Sink::From::now ? committed : 0);
        if (state->second.settled > committed)
            spdlog::warn("sink {}: its place is behind the end of the store, which was replaced or lost events: "
                         "going on from the end",
                         sink.name);
        return std::make_shared<Place>(sink.name, std::min(state->second.settled, committed));
    }

    /// Stops lanes together; each of them ends or is left to itself.
    void stop(const std::vector<std::shared_ptr<Lane>>& all, Duration patience) {
        for (const auto& lane : all) lane->request_stop();
        const auto politely = std::chrono::steady_clock::now() + patience;
        std::vector<std::shared_ptr<Lane>> late;
        for (const auto& lane : all)
            if (!lane->wait(politely)) late.push_back(lane);
        for (const auto& lane : late) lane->request_stop_firmly();
        const auto firmly = std::chrono::steady_clock::now() + let_go_patience;
        for (const auto& lane : late) {
            if (lane->wait(firmly)) continue;
            spdlog::error("sink {}: does not let go; left to itself", lane->settings().name);
            lane->abandon();
            is_one_stuck = true;
        }
        keeper.save();
    }
};

Delivery::Delivery(journal::Journal& journal, std::span<const sink::SinkType> types, Mode mode)
    : impl_(std::make_unique<Impl>(journal, types, mode)) {}

Delivery::~Delivery() {
    static_cast<void>(stop(Duration::zero()));
}

void Delivery::apply(const std::vector<config::Sink>& sinks) {
    const std::lock_guard lock(impl_->mutex);
    auto& ledger = impl_->journal.ledger();
    const auto known = impl_->known_lanes();

    Lanes next;
    std::vector<std::shared_ptr<Lane>> to_start;
    std::vector<journal::Settled> places;
    for (const auto& sink : sinks) {
        if (const auto lane = impl_->find(sink.name); lane && config::same_sink(lane->settings(), sink, impl_->kinds)) {
            next.emplace(sink.name, lane);
            continue;
        }
        const auto& type = impl_->type_of(sink);
        auto place = impl_->place_for(sink, known);
        const auto state = known.find(sink.name);
        const bool is_paused = state != known.end() && state->second.paused;
        auto lane = std::make_shared<Lane>(sink, type, place, is_paused,
                                           Lane::Surroundings{impl_->journal, impl_->keeper, impl_->refusing});
        if (impl_->mode == Mode::redeliver_only) lane->deliver_jobs_only();
        if (state == known.end() || state->second.settled != place->settled)
            places.push_back({place->lane, place->settled});
        to_start.push_back(lane);
        next.emplace(sink.name, std::move(lane));
    }

    // Nothing can be refused any more. First the places, so that a new sink begins where it does even after a crash.
    ledger.settle(places).value();
    std::vector<std::shared_ptr<Lane>> to_stop;
    for (const auto& [name, lane] : impl_->lanes)
        if (const auto kept = next.find(name); kept == next.end() || kept->second != lane) to_stop.push_back(lane);
    impl_->stop(to_stop, replace_patience);

    const std::set<std::string> configured = [&] {
        std::set<std::string> names;
        for (const auto& sink : sinks) names.insert(sink.name);
        return names;
    }();
    for (const auto& [name, state] : known) { // gone from the configuration, or back in it
        const bool is_removed = !configured.contains(name);
        if (is_removed && !impl_->removed.contains(name)) {
            const auto lane = impl_->find(name);
            auto place = lane ? lane->place() : std::make_shared<Place>(name, state.settled);
            if (!lane) impl_->keeper.add(place);
            impl_->removed.emplace(name, std::move(place));
            if (!state.removed_since) ledger.set_removed(name, now()).value();
        } else if (!is_removed && state.removed_since) {
            ledger.set_removed(name, {}).value();
        }
    }
    for (const auto& name : configured)
        if (const auto was = impl_->removed.extract(name); !was.empty()) impl_->keeper.remove(was.mapped());

    impl_->lanes = std::move(next);
    for (const auto& lane : to_start) {
        impl_->keeper.remove(lane->place());
        impl_->keeper.add(lane->place());
        lane->start();
    }
    impl_->keeper.save();
}

void Delivery::reopen() {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [name, lane] : impl_->lanes) lane->reopen();
}

bool Delivery::stop(Duration patience) {
    const std::lock_guard lock(impl_->mutex);
    std::vector<std::shared_ptr<Lane>> all;
    for (const auto& [name, lane] : impl_->lanes) all.push_back(lane);
    impl_->lanes.clear();
    impl_->stop(all, patience);
    return !impl_->is_one_stuck;
}

std::vector<LaneStatus> Delivery::lanes() const {
    const std::lock_guard lock(impl_->mutex);
    std::vector<LaneStatus> all;
    for (const auto& [name, lane] : impl_->lanes) {
        all.push_back(lane->status());
        if (const auto amount = impl_->journal.ledger().dead_letter_amount(name))
            all.back().dead_letters = amount->count;
    }
    return all;
}

void Delivery::collect(telemetry::Exposition& out) const {
    using telemetry::Metric;
    for (const auto& lane : lanes()) {
        const auto age = lane.oldest_undelivered
                             ? std::chrono::duration<double>(webhookd::now() - *lane.oldest_undelivered).count()
                             : 0;
        out.add(Metric::sink_delivered, {lane.sink}, static_cast<double>(lane.delivered));
        out.add(Metric::sink_failures, {lane.sink}, static_cast<double>(lane.failures));
        out.add(Metric::sink_backlog, {lane.sink}, static_cast<double>(lane.backlog_events));
        out.add(Metric::sink_oldest_undelivered_age, {lane.sink}, std::max(age, 0.0));
        out.add(Metric::sink_dead_letters, {lane.sink}, static_cast<double>(lane.dead_letters));
        out.add(Metric::sink_skipped, {lane.sink}, static_cast<double>(lane.skipped));
        out.add(Metric::sink_paused, {lane.sink}, lane.state == LaneStatus::State::paused ? 1 : 0);
    }
}

bool Delivery::refuses() const noexcept {
    return impl_->refusing.load(std::memory_order_relaxed) != 0;
}

Result<> Delivery::pause(std::string_view sink, bool paused) {
    const std::lock_guard lock(impl_->mutex);
    const auto lane = impl_->find(sink);
    if (!lane) return no_such_sink(sink);
    if (auto stored = impl_->journal.ledger().set_paused(sink, paused); !stored) return stored.error();
    lane->pause(paused);
    spdlog::info("sink {}: {}", sink, paused ? "paused" : "resumed");
    return {};
}

Result<std::uint64_t> Delivery::replay(std::string_view sink, Replay replay) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->start_job(sink, [&](const Lane& lane, std::uint64_t number) {
        return replay_job(number, lane.job_needs(), std::move(replay), lane.matcher(), impl_->journal);
    });
}

Result<std::uint64_t> Delivery::count(std::string_view sink, const Replay& replay) const {
    const auto lane = [&] {
        const std::lock_guard lock(impl_->mutex);
        return impl_->find(sink);
    }();
    if (!lane) return no_such_sink(sink);
    return count_events(replay, lane->matcher(), impl_->journal);
}

Result<std::uint64_t> Delivery::retry(std::string_view sink, Retry retry) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->start_job(sink, [&](const Lane& lane, std::uint64_t number) {
        return retry_job(number, lane.job_needs(), std::move(retry), impl_->journal.ledger());
    });
}

std::vector<Redelivery> Delivery::redeliveries() const {
    const std::lock_guard lock(impl_->mutex);
    std::vector<Redelivery> all;
    for (const auto& job : impl_->jobs) all.push_back(job->progress());
    return all;
}

void Delivery::look_after_removed(Time now) {
    const std::lock_guard lock(impl_->mutex);
    const auto states = impl_->journal.ledger().lanes();
    if (!states) return;
    for (const auto& state : *states) {
        if (!state.removed_since || !impl_->removed.contains(state.lane)) continue;
        const auto gone = now - *state.removed_since;
        if (gone >= keep_removed) {
            if (!impl_->journal.ledger().forget_lane(state.lane)) continue;
            spdlog::warn("sink {}: not configured for 7 days, its place and dead letters are forgotten", state.lane);
            impl_->keeper.remove(impl_->removed.extract(state.lane).mapped());
            continue;
        }
        auto& warned = impl_->warned[state.lane];
        if (now - warned < warn_again) continue;
        warned = now;
        spdlog::warn("sink {}: not configured any more; its place is kept until {}, and with it all events behind it",
                     state.lane, format_time_seconds(*state.removed_since + keep_removed));
    }
    impl_->keeper.save();
}

} // namespace webhookd::delivery
