#include "journal/writer.hpp"

#include "support/log_fixture.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

namespace webhookd::test {
namespace {

using namespace std::chrono_literals;
using journal::AppendStatus;
using testing::ElementsAre;
using testing::IsEmpty;

/// A Sent that can be waited for.
struct Awaited : Sent {
    Awaited(std::string text, Family where = Family::changes, Time when = noon) : Sent(std::move(text), where, when) {
        complete = [](journal::Append& append) noexcept {
            auto& self = static_cast<Awaited&>(append);
            const std::lock_guard lock(self.mutex);
            self.is_done = true;
            self.done.notify_all();
        };
    }
    AppendStatus wait() {
        std::unique_lock lock(mutex);
        done.wait(lock, [&] { return is_done; });
        return status;
    }
    std::mutex mutex;
    std::condition_variable done;
    bool is_done = false;
};

class WriterTest : public testing::Test {
protected:
    WriterTest() { spdlog::set_level(spdlog::level::off); }
    ~WriterTest() override { spdlog::set_level(spdlog::level::info); }

    void start() {
        journal::Writer::Hooks hooks;
        hooks.quarantine = [this](std::span<const journal::Quarantined> bodies) -> Result<> {
            if (!ledger_has_room) return Error{"database or disk is full"};
            for (const auto& body : bodies)
                quarantined.push_back(body.body + " " + std::to_string(body.status) + " " + body.reasons);
            return {};
        };
        hooks.on_batch = [this](std::shared_ptr<const journal::Batch> batch) { batches.push_back(std::move(batch)); };
        hooks.on_commit = [this] { ++commits; };
        hooks.on_fatal = [this](const std::string& why) { fatal = why; };
        writer =
            std::make_unique<journal::Writer>(journal::Log(disk, catalogue, {}, recover(disk, catalogue, 0).position),
                                              journal::DuplicateWindow(24h), std::move(hooks));
    }
    /// Holds the writer while `queue` is called, so that all of it is one round.
    template <class Queue>
    void in_one_round(Queue queue) {
        writer->run([&](journal::Log&, journal::DuplicateWindow&) { queue(); });
    }
    AppendStatus append(Awaited& one) {
        writer->append(one);
        return one.wait();
    }

    MemoryDisk disk;
    journal::Catalogue catalogue;
    std::vector<std::shared_ptr<const journal::Batch>> batches;
    std::vector<std::string> quarantined;
    std::atomic<bool> ledger_has_room{true};
    int commits = 0;
    std::string fatal;
    std::unique_ptr<journal::Writer> writer;
};

TEST_F(WriterTest, WhatIsQueuedTogetherIsOneCommitInTheOrderOfArrival) {
    start();
    Awaited a("a"), b("~b", Family::evaluations), c("c");
    in_one_round([&] {
        for (auto* one : {&a, &b, &c}) writer->append(*one);
    });
    EXPECT_EQ(a.wait(), AppendStatus::stored);
    EXPECT_EQ(c.wait(), AppendStatus::stored);
    EXPECT_EQ(b.wait(), AppendStatus::stored);
    EXPECT_EQ(a.sequence, 1u);
    EXPECT_EQ(b.sequence, 2u);
    EXPECT_EQ(c.sequence, 3u);
    writer.reset();
    EXPECT_EQ(batches.size(), 1u);
    EXPECT_EQ(commits, 1);
}

TEST_F(WriterTest, ARoundIsBoundedByCountAndBytes) {
    start();
    std::deque<Awaited> small;
    std::deque<Awaited> large;
    in_one_round([&] {
        for (std::size_t i = 0; i < journal::Writer::most_events + 1; ++i)
            writer->append(small.emplace_back("s" + std::to_string(i)));
    });
    small.back().wait();
    in_one_round([&] {
        for (int i = 0; i < 3; ++i)
            writer->append(large.emplace_back(std::string(journal::Writer::most_bytes / 2, 'x') + std::to_string(i)));
    });
    large.back().wait();
    writer.reset();
    ASSERT_EQ(batches.size(), 5u);
    EXPECT_EQ(batches[0]->last(), journal::Writer::most_events);
    EXPECT_EQ(batches[2]->last() - batches[2]->first(), 0u);
}

TEST_F(WriterTest, ARepeatOfAnIdOnTheSameEndpointIsADuplicateOfTheFirst) {
    start();
    Awaited first("a"), again("a", Family::changes, noon + 1h), elsewhere("a"), late("a", Family::changes, noon + 49h);
    for (auto* one : {&first, &again, &elsewhere, &late}) one->duplicate_window = 24h;
    elsewhere.endpoint = "organisation";
    EXPECT_EQ(append(first), AppendStatus::stored);
    EXPECT_EQ(append(again), AppendStatus::duplicate);
    EXPECT_EQ(again.sequence, first.sequence);
    EXPECT_EQ(append(elsewhere), AppendStatus::stored);
    EXPECT_EQ(append(late), AppendStatus::stored) << "outside the window";
}

TEST_F(WriterTest, OnlyContentDerivedIdsAndOnlyWhereAskedFor) {
    start();
    Awaited a("a"), b("a");
    EXPECT_EQ(append(a), AppendStatus::stored);
    EXPECT_EQ(append(b), AppendStatus::stored) << "deduplicate = 0s";
    Awaited c("c"), d("c");
    c.id = d.id = receipt_id(noon);
    c.duplicate_window = d.duplicate_window = 24h;
    EXPECT_EQ(append(c), AppendStatus::stored);
    EXPECT_EQ(append(d), AppendStatus::stored);
}

TEST_F(WriterTest, OfTwoInFlightTheSecondWaitsForTheFirstOnesCommit) {
    start();
    Awaited first("a"), second("a");
    first.duplicate_window = second.duplicate_window = 24h;
    in_one_round([&] {
        writer->append(first);
        writer->append(second);
    });
    EXPECT_EQ(first.wait(), AppendStatus::stored);
    EXPECT_EQ(second.wait(), AppendStatus::duplicate);
    EXPECT_EQ(second.sequence, first.sequence);
    writer.reset();
    EXPECT_EQ(batches.size(), 1u);
    EXPECT_EQ(batches[0]->last(), 1u);
}

TEST_F(WriterTest, ARepeatOfWhatCouldNotBeStoredIsNoDuplicate) {
    start();
    disk.set_room(disk.used() + 10);
    Awaited first("a"), second("a"), third("a");
    for (auto* one : {&first, &second, &third}) one->duplicate_window = 24h;
    first.deadline = second.deadline = SteadyTime::min();
    in_one_round([&] {
        writer->append(first);
        writer->append(second);
    });
    EXPECT_EQ(first.wait(), AppendStatus::no_space);
    EXPECT_EQ(second.wait(), AppendStatus::no_space);
    EXPECT_FALSE(writer->can_store());
    disk.set_room(1 << 20);
    EXPECT_EQ(append(third), AppendStatus::stored);
    EXPECT_TRUE(writer->can_store());
}

TEST_F(WriterTest, AJobThatFailsEndsStoringBeforeTheNextCommit) {
    start();
    EXPECT_TRUE(writer->run([&](journal::Log&, journal::DuplicateWindow&) { writer->fail("a new segment: no sync"); }));
    EXPECT_EQ(fatal, "a new segment: no sync");
    EXPECT_FALSE(writer->can_store());
    Awaited late("a");
    EXPECT_EQ(append(late), AppendStatus::stopping);
}

TEST_F(WriterTest, WhatCanWaitIsStoredWhenThereIsRoom) {
    start();
    disk.set_room(disk.used() + 10);
    Awaited impatient("a"), patient("b");
    impatient.deadline = SteadyTime::min();
    in_one_round([&] {
        writer->append(impatient);
        writer->append(patient);
    });
    EXPECT_EQ(impatient.wait(), AppendStatus::no_space);
    disk.set_room(1 << 20);
    EXPECT_EQ(patient.wait(), AppendStatus::stored);
    EXPECT_EQ(patient.sequence, 1u) << "a sequence is only used up by what is stored";
    writer.reset();
    EXPECT_THAT(fatal, IsEmpty());
}

TEST_F(WriterTest, ReadinessReturnsWithoutAnybodyAppending) {
    start();
    disk.set_room(disk.used() + 10);
    Awaited one("a");
    one.deadline = SteadyTime::min();
    EXPECT_EQ(append(one), AppendStatus::no_space);
    disk.set_room(1 << 20);
    const auto patience = std::chrono::steady_clock::now() + 10s;
    while (!writer->can_store() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    EXPECT_TRUE(writer->can_store());
}

TEST_F(WriterTest, ABrokenDiskAcknowledgesNothingAndEndsEverything) {
    start();
    Awaited before("a"), at("b"), after("c");
    EXPECT_EQ(append(before), AppendStatus::stored);
    disk.fail(MemoryDisk::Call::sync, 0, EIO);
    EXPECT_EQ(append(at), AppendStatus::stopping);
    disk.mend();
    EXPECT_EQ(append(after), AppendStatus::stopping);
    EXPECT_FALSE(writer->can_store());
    const auto writes = disk.calls(MemoryDisk::Call::write);
    writer.reset();
    EXPECT_NE(fatal.find("syncing changes-"), std::string::npos) << fatal;
    EXPECT_EQ(disk.calls(MemoryDisk::Call::write), writes);
}

TEST_F(WriterTest, WhatWasNotUnderstoodGoesToQuarantineAndNotToTheLog) {
    start();
    Awaited bad("{}"), good("a");
    bad.quarantine_status = 422;
    bad.quarantine_reasons = "[]";
    in_one_round([&] {
        writer->append(bad);
        writer->append(good);
    });
    EXPECT_EQ(bad.wait(), AppendStatus::stored);
    EXPECT_EQ(bad.sequence, 0u);
    EXPECT_EQ(good.wait(), AppendStatus::stored);
    EXPECT_EQ(good.sequence, 1u);
    EXPECT_THAT(quarantined, ElementsAre("{} 422 []"));
}

TEST_F(WriterTest, AFullLedgerIsAFullDisk) {
    start();
    ledger_has_room = false;
    Awaited bad("{}");
    bad.quarantine_reasons = "[]";
    bad.deadline = SteadyTime::min();
    EXPECT_EQ(append(bad), AppendStatus::no_space);
    ledger_has_room = true;
    Awaited again("{}");
    again.quarantine_reasons = "[]";
    EXPECT_EQ(append(again), AppendStatus::stored);
}

TEST_F(WriterTest, ClosingCommitsWhatIsQueued) {
    start();
    std::deque<Awaited> queued;
    in_one_round([&] {
        for (int i = 0; i < 2000; ++i) writer->append(queued.emplace_back(std::to_string(i)));
    });
    writer.reset();
    for (auto& one : queued) EXPECT_EQ(one.wait(), AppendStatus::stored);
}

TEST_F(WriterTest, ClosingWithoutRoomTellsThoseWhoWait) {
    start();
    disk.set_room(disk.used() + 10);
    Awaited patient("a"), another("b");
    in_one_round([&] {
        writer->append(patient);
        writer->append(another);
    });
    writer.reset();
    EXPECT_EQ(patient.wait(), AppendStatus::stopping);
    EXPECT_EQ(another.wait(), AppendStatus::stopping);
}

TEST_F(WriterTest, ManyThreadsMayAppendAtOnce) {
    start();
    constexpr int threads = 4, each = 300;
    std::vector<std::thread> senders;
    std::atomic<int> stored{0};
    for (int t = 0; t < threads; ++t)
        senders.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                Awaited one(std::to_string(t) + "." + std::to_string(i),
                            i % 2 == 0 ? Family::changes : Family::evaluations);
                if (append(one) == AppendStatus::stored) ++stored;
            }
        });
    for (auto& sender : senders) sender.join();
    writer.reset();
    EXPECT_EQ(stored, threads * each);
    std::uint64_t expected = 1;
    for (const auto& batch : batches) {
        EXPECT_EQ(batch->first(), expected);
        expected = batch->last() + 1;
    }
    EXPECT_EQ(expected, std::uint64_t{threads * each + 1});
}

} // namespace
} // namespace webhookd::test
