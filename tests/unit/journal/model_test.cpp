#include "journal/eraser.hpp"
#include "journal/retention.hpp"
#include "support/log_fixture.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

namespace webhookd::test {
namespace {

using journal::Log;
using Call = MemoryDisk::Call;
using namespace std::chrono_literals;

/// What a journal must have, as simple as can be: a map from sequence to event.
struct Model {
    struct Event {
        std::string body;
        std::string actor;
        Family family = Family::changes;
        bool may_be_missing = false; // something that would remove it was cut off in the middle
    };
    std::map<std::uint64_t, Event> events;
    std::vector<Event> in_doubt; // the commit that failed: a beginning of it may be there, behind all others
    std::uint64_t last = 0;      // acknowledged

    bool has_actor(const std::string& actor) const {
        return std::any_of(events.begin(), events.end(), [&](const auto& one) { return one.second.actor == actor; });
    }
};

/// A log on a disk that fails and a model that does not, under the same random operations.
class ModelRun {
public:
    explicit ModelRun(unsigned seed) : random_(seed) {
        options_.segment_bytes = {900 + seed % 4 * 400, 1200};
        options_.segment_age = {10min, 7min};
        open();
    }

    void step() {
        switch (below(16)) {
        default:
            return append();
        case 9:
            return settle();
        case 10:
            return reopen();
        case 11:
            return crash();
        case 12:
            return append_on_a_failing_disk();
        case 13:
            return fill_the_disk();
        case 14:
            return retain();
        case 15:
            return erase();
        }
    }
    /// The journal has what the model has.
    void check() {
        const journal::RecentBatches none(0);
        const std::atomic<std::uint64_t> end{log_->next_sequence() - 1};
        journal::MergingReader reader(disk_, *catalogue_, none, end);
        std::map<std::uint64_t, std::string> found;
        for (std::uint64_t after = 0;;) {
            const auto entries = reader.next(after, 5, 700).value();
            if (entries.empty()) break;
            for (const auto& entry : entries) {
                ASSERT_GT(entry.sequence, after) << history;
                after = entry.sequence;
                ASSERT_EQ(entry.id, content_id(entry.body)) << history;
                found[after] = entry.body;
            }
        }
        adopt(found);
        for (const auto& [sequence, body] : found) {
            const auto known = model_.events.find(sequence);
            ASSERT_NE(known, model_.events.end()) << history << "\nnobody appended " << sequence;
            ASSERT_EQ(known->second.body, body) << history;
        }
        ASSERT_EQ(found.size(), model_.events.size()) << history << "\nmissing: " << missing(found);
        ASSERT_GT(log_->next_sequence(), model_.last) << history << "\na sequence would be given twice";
    }

    std::string history; // of operations, for the one who reads a failure
    std::size_t crashes = 0, erased = 0, removed = 0, adopted = 0;

private:
    std::size_t below(std::size_t n) { return random_() % n; }

    void open() {
        log_.reset();
        catalogue_ = std::make_unique<journal::Catalogue>();
        auto recovery = recover(disk_, *catalogue_, std::max(settled_, journal::CommittedFile::read(disk_)));
        log_.emplace(disk_, *catalogue_, options_, std::move(recovery.position));
    }

    std::vector<Model::Event> some_events() {
        std::vector<Model::Event> events;
        for (auto left = 1 + below(5); left > 0; --left) {
            const auto number = std::to_string(++appended_);
            events.push_back({"body-" + number + ";" + std::string(below(300), '.'),
                              "actor-" + std::to_string(below(6)) + ";",
                              below(2) == 0 ? Family::changes : Family::evaluations});
        }
        return events;
    }
    Log::Outcome commit(const std::vector<Model::Event>& events) {
        clock_ += std::chrono::seconds(below(120));
        std::deque<Sent> sent;
        std::vector<journal::Append*> appends;
        for (const auto& event : events) {
            auto& one = sent.emplace_back(event.body, event.family, clock_);
            AttributeWriter attributes;
            attributes.add(Attribute::type, "com.flagsmith.flag.updated");
            attributes.add(Attribute::actor, event.actor);
            one.kept_attributes = attributes.bytes();
            one.attributes = one.kept_attributes;
            appends.push_back(&one);
        }
        const auto outcome = log_->commit(appends).outcome;
        if (outcome == Log::Outcome::stored)
            for (std::size_t i = 0; i < events.size(); ++i) model_.events[model_.last = sent[i].sequence] = events[i];
        history += outcome == Log::Outcome::stored    ? "=" + std::to_string(model_.last)
                   : outcome == Log::Outcome::no_room ? "=no-room"
                                                      : "=failed";
        return outcome;
    }

    void append() {
        history += " append";
        ASSERT_EQ(commit(some_events()), Log::Outcome::stored) << history;
    }
    /// Lanes have come so far: nothing before it is needed any more, and it is known to be acknowledged.
    void settle() {
        history += " settle";
        settled_ += below(model_.last - settled_ + 1);
    }
    void reopen() {
        history += " reopen";
        log_->close();
        open();
    }
    void crash() {
        const auto kind = below(3);
        history += " crash-" + std::to_string(kind);
        ++crashes;
        if (kind == 0)
            disk_.mend(); // the process alone
        else if (kind == 1)
            disk_.cut_power();
        else
            disk_.cut_power_raggedly(random_);
        disk_.mend();
        open();
    }
    void append_on_a_failing_disk() {
        history += " failing";
        constexpr std::array calls{Call::write, Call::sync, Call::open, Call::sync_directory};
        const auto call = below(calls.size());
        const auto nth = below(6);
        history += "-" + std::to_string(call) + "-" + std::to_string(nth);
        disk_.fail(calls[call], nth, EIO);
        for (int tries = 0; tries < 4; ++tries) {
            auto events = some_events();
            const auto outcome = commit(events);
            if (outcome == Log::Outcome::stored) continue;
            if (outcome == Log::Outcome::failed) model_.in_doubt = std::move(events);
            break;
        }
        crash();
    }
    void fill_the_disk() {
        history += " full";
        disk_.set_room(disk_.used() + below(500));
        for (int tries = 0; tries < 3; ++tries) ASSERT_NE(commit(some_events()), Log::Outcome::failed) << history;
        disk_.set_room(std::numeric_limits<std::size_t>::max());
    }

    /// What the journal does, in its order.
    void retain() {
        history += " retain";
        const journal::Settings::Retention retention{below(2) == 0 ? Duration(30min) : Duration(24h),
                                                     ByteSize{2000 + below(6000)}};
        const bool power_goes = below(4) == 0;
        for (const auto family : {Family::changes, Family::evaluations}) {
            ASSERT_EQ(log_->close_older(family, clock_ - retention.keep, clock_).outcome, Log::Outcome::stored)
                << history;
            const auto segments = catalogue_->of(family);
            const auto expired = expired_segments(segments, retention, settled_ + 1, clock_);
            for (std::size_t i = 0; i < expired.size(); ++i) {
                catalogue_->remove(*expired[i]);
                ASSERT_TRUE(disk_.remove(expired[i]->name())) << history;
                forget(family, expired[i]->first(), segments[i + 1]->first(), power_goes);
            }
        }
        if (power_goes) return crash();
        ASSERT_TRUE(disk_.sync_directory());
    }
    void forget(Family family, std::uint64_t first, std::uint64_t end, bool may_come_back) {
        for (auto at = model_.events.lower_bound(first); at != model_.events.end() && at->first < end;) {
            if (at->second.family != family) {
                ++at;
                continue;
            }
            ASSERT_LE(at->first, settled_) << history << "\na lane still needs what retention removed";
            ++removed;
            if (may_come_back)
                (at++)->second.may_be_missing = true;
            else
                at = model_.events.erase(at);
        }
    }

    void erase() {
        history += " erase";
        if (model_.events.empty()) return;
        journal::Erasure erasure;
        std::set<std::uint64_t> meant;
        auto one = std::next(model_.events.begin(), static_cast<std::ptrdiff_t>(below(model_.events.size())));
        if (below(2) == 0) {
            erasure.ids = {content_id(one->second.body)};
            meant.insert(one->first);
        } else {
            erasure.actors = {one->second.actor};
            for (const auto& [sequence, event] : model_.events)
                if (event.actor == one->second.actor) meant.insert(sequence);
        }
        if (below(3) == 0) {
            // It breaks off in the middle. Each event is whole or said to be erased; erased by its id it is gone.
            history += "(broken)";
            disk_.fail(below(2) == 0 ? Call::write : Call::sync, below(4), EIO);
            (void)erase_in_segments(disk_, *catalogue_, erasure, log_->next_sequence() - 1);
            for (const auto sequence : meant) erasure.ids.push_back(content_id(model_.events[sequence].body));
            for (const auto sequence : meant) model_.events[sequence].may_be_missing = true;
            crash();
            check();
        }
        ASSERT_TRUE(erase_in_segments(disk_, *catalogue_, erasure, log_->next_sequence() - 1)) << history;
        catalogue_->note_erasure();
        for (const auto sequence : meant) {
            const auto at = model_.events.find(sequence);
            if (at != model_.events.end()) model_.events.erase(at);
            ++erased;
        }
        for (const auto& id : erasure.ids) ASSERT_FALSE(bodies_on_disk().contains(id)) << history;
        for (const auto& actor : erasure.actors) ASSERT_FALSE(is_on_disk(actor)) << history;
    }
    bool is_on_disk(const std::string& text) {
        const auto names = disk_.names();
        return std::any_of(names.begin(), names.end(),
                           [&](const auto& name) { return disk_.content(name).find(text) != std::string::npos; });
    }
    /// The ids of all bodies whose beginning is somewhere in the files, in an event or not.
    std::set<EventId> bodies_on_disk() {
        std::set<EventId> ids;
        for (const auto& name : disk_.names()) {
            const auto& bytes = disk_.content(name);
            for (auto at = bytes.find("body-"); at != std::string::npos; at = bytes.find("body-", at + 1)) {
                auto end = bytes.find(';', at) + 1;
                while (end < bytes.size() && bytes[end] == '.') ++end;
                ids.insert(content_id(std::string_view(bytes).substr(at, end - at)));
            }
        }
        return ids;
    }

    /// Takes over what may be so or otherwise.
    void adopt(const std::map<std::uint64_t, std::string>& found) {
        std::erase_if(model_.events,
                      [&](const auto& one) { return one.second.may_be_missing && !found.contains(one.first); });
        for (auto& [sequence, event] : model_.events) event.may_be_missing = false;
        auto sequence = model_.last;
        for (auto& event : model_.in_doubt) {
            const auto at = found.find(++sequence);
            if (at == found.end() || at->second != event.body) break;
            model_.events[model_.last = sequence] = std::move(event);
            ++adopted;
        }
        model_.in_doubt.clear();
    }
    std::string missing(const std::map<std::uint64_t, std::string>& found) const {
        std::string list;
        for (const auto& [sequence, event] : model_.events)
            if (!found.contains(sequence)) list += std::to_string(sequence) + " ";
        return list;
    }

    std::mt19937 random_;
    MemoryDisk disk_;
    Log::Options options_;
    std::unique_ptr<journal::Catalogue> catalogue_;
    std::optional<Log> log_;
    Model model_;
    Time clock_ = noon;
    std::uint64_t settled_ = 0;
    std::size_t appended_ = 0;
};

TEST(JournalModel, HasWhatASimpleMapHasAfterAnyOperations) {
    spdlog::set_level(spdlog::level::off);
    std::size_t crashes = 0, erased = 0, removed = 0, adopted = 0;
    const unsigned seeds = std::getenv("WEBHOOKD_TORTURE") ? 5000 : 150;
    for (unsigned seed = 1; seed <= seeds && !testing::Test::HasFatalFailure(); ++seed) {
        ModelRun run(seed);
        SCOPED_TRACE("seed " + std::to_string(seed));
        for (int steps = 0; steps < 80 && !testing::Test::HasFatalFailure(); ++steps) {
            run.step();
            if (!testing::Test::HasFatalFailure()) run.check();
        }
        crashes += run.crashes;
        erased += run.erased;
        removed += run.removed;
        adopted += run.adopted;
    }
    spdlog::set_level(spdlog::level::info);
    // Else it would prove little.
    EXPECT_GT(crashes, 1000u);
    EXPECT_GT(erased, 1000u);
    EXPECT_GT(removed, 1000u);
    EXPECT_GT(adopted, 50u);
}

} // namespace
} // namespace webhookd::test
