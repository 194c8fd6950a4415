#include "webhookd/journal/journal.hpp"

#include "support/journal_fixture.hpp"
#include "webhookd/journal/ledger.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <deque>
#include <fstream>
#include <mutex>
#include <thread>

namespace webhookd::journal {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

using JournalTest = test::JournalFixture;
using test::Event;
using test::noon;

TEST_F(JournalTest, KeepsEverythingThroughAReopening) {
    settings.sync = Settings::Sync::full;
    open();
    EXPECT_EQ(journal->committed(), 0u);
    ASSERT_EQ(append("a"), AppendStatus::stored);
    ASSERT_EQ(append("~b", Family::evaluations), AppendStatus::stored);
    EXPECT_EQ(journal->committed(), 2u);
    EXPECT_THAT(contents(), ElementsAre("a", "~b"));
    open();
    EXPECT_EQ(journal->committed(), 2u);
    ASSERT_EQ(append("c"), AppendStatus::stored);
    EXPECT_THAT(contents(), ElementsAre("a", "~b", "c"));
    EXPECT_THAT(contents(2), ElementsAre("c"));
}

TEST_F(JournalTest, TheStoreIsForItsOwnerOnly) {
    open();
    append("a");
    EXPECT_EQ(std::filesystem::status(settings.directory).permissions(), std::filesystem::perms::owner_all);
    for (const auto& entry : std::filesystem::directory_iterator(settings.directory))
        EXPECT_EQ(entry.status().permissions() &
                      (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
                  std::filesystem::perms::none)
            << entry.path();
}

TEST_F(JournalTest, TheSecondDaemonIsToldWhoHasTheStore) {
    open();
    try {
        const auto second = Journal::open(settings, {});
        FAIL() << "two writers";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("process " + std::to_string(::getpid()) + " on host "));
    }
    journal.reset();
    EXPECT_NO_THROW(open());
}

TEST_F(JournalTest, AStoreOfANewerFormatIsRefusedWithWhatToDo) {
    open();
    journal.reset();
    std::ofstream(settings.directory / "format") << "2\n";
    try {
        open();
        FAIL() << "it was opened";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("use the flagsmith-webhookd that wrote it, or a newer one"));
    }
}

TEST_F(JournalTest, DuplicatesAreKnownAcrossARestart) {
    settings.segment = ByteSize{2000};
    open();
    for (int i = 0; i < 50; ++i) ASSERT_EQ(append("event " + std::to_string(i)), AppendStatus::stored);
    ASSERT_GT(files("changes-").size(), 2u);
    open();
    for (int i = 0; i < 50; ++i) ASSERT_EQ(append("event " + std::to_string(i)), AppendStatus::duplicate) << i;
    EXPECT_EQ(journal->committed(), 50u);
}

TEST_F(JournalTest, WhatIsOutsideTheDuplicateWindowIsForgotten) {
    open();
    ASSERT_EQ(append("old", Family::changes, noon), AppendStatus::stored);
    ASSERT_EQ(append("new", Family::changes, noon + 25h), AppendStatus::stored);
    open();
    EXPECT_EQ(append("old", Family::changes, noon + 25h), AppendStatus::stored);
    EXPECT_EQ(append("new", Family::changes, noon + 25h), AppendStatus::duplicate);
}

TEST_F(JournalTest, QuarantineIsInTheLedgerBeforeTheAnswer) {
    open();
    Event event("{\"odd\":1}");
    event.quarantine_status = 422;
    event.quarantine_reasons = R"([{"pointer":"","rule":"shape","detail":"unknown"}])";
    journal->append(event);
    ASSERT_EQ(event.wait(), AppendStatus::stored);
    const auto kept = journal->ledger().quarantined(event.id).value();
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->body, event.bytes);
    EXPECT_EQ(kept->status, 422u);
    EXPECT_EQ(journal->committed(), 0u);
}

TEST_F(JournalTest, AReaderThatKeepsUpReadsFromMemoryAndOneThatIsBehindFromTheFiles) {
    open();
    const auto reader = journal->reader();
    std::uint64_t at = 0;
    const std::string large(1 << 20, 'x');
    std::vector<std::string> sent;
    for (int i = 0; i < 40; ++i) { // more than memory keeps
        sent.push_back(std::to_string(i) + large);
        ASSERT_EQ(append(sent.back(), i % 3 == 0 ? Family::evaluations : Family::changes), AppendStatus::stored);
        if (i % 10 == 0) {
            const auto entries = reader->next(at, 1000, 64 << 20).value();
            ASSERT_FALSE(entries.empty());
            at = entries.back().sequence;
            EXPECT_EQ(at, journal->committed());
        }
    }
    EXPECT_EQ(contents(), sent);
    EXPECT_EQ(contents(30), std::vector<std::string>(sent.begin() + 30, sent.end()));
}

TEST_F(JournalTest, WakesAfterEveryCommitUntilTheHandleIsGone) {
    open();
    std::mutex mutex;
    std::condition_variable woken;
    int wakes = 0;
    auto handle = journal->on_commit([&] {
        const std::lock_guard lock(mutex);
        ++wakes;
        woken.notify_all();
    });
    append("a");
    {
        std::unique_lock lock(mutex);
        EXPECT_TRUE(woken.wait_for(lock, 10s, [&] { return wakes == 1; }));
    }
    handle.reset();
    append("b");
    journal.reset();
    EXPECT_EQ(wakes, 1);
}

TEST_F(JournalTest, ReadersFollowWritersFromOtherThreads) {
    settings.segment = ByteSize{64u << 10};
    open();
    constexpr int writers = 3, each = 400;
    std::vector<std::thread> threads;
    for (int w = 0; w < writers; ++w)
        threads.emplace_back([&, w] {
            std::deque<Event> events;
            for (int i = 0; i < each; ++i) {
                journal->append(events.emplace_back(std::to_string(w) + "." + std::to_string(i) + std::string(200, '.'),
                                                    i % 2 == 0 ? Family::changes : Family::evaluations));
                if (i % 50 == 49) events.back().wait(); // a segment ends between commits only: there must be several
            }
            for (auto& event : events) EXPECT_EQ(event.wait(), AppendStatus::stored);
        });
    for (int r = 0; r < 2; ++r)
        threads.emplace_back([&] {
            const auto reader = journal->reader();
            for (std::uint64_t at = 0; at < writers * each;) {
                const auto entries = reader->next(at, 50, 1 << 20).value();
                for (const auto& entry : entries) {
                    ASSERT_EQ(entry.sequence, at + 1);
                    ASSERT_EQ(entry.body.size(), entry.body.find('.', 2) + 200);
                    at = entry.sequence;
                }
                if (entries.empty()) std::this_thread::yield();
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_GT(files("changes-").size(), 1u);
}

// --- retention ---

TEST_F(JournalTest, SettledEventsGoWhenTheirTimeIsOver) {
    open();
    append("old", Family::changes, noon);
    append("~old", Family::evaluations, noon);
    append("new", Family::changes, noon + 20 * 24h);
    append("~new", Family::evaluations, noon + 20 * 24h);
    journal->set_retention_floor(100);
    journal->apply_retention(noon + 21 * 24h + 1s);
    EXPECT_THAT(stored_contents(), ElementsAre("old", "new")) << "evaluations are kept for a day";
    journal->set_retention_floor(100);
    journal->apply_retention(noon + 31 * 24h);
    EXPECT_THAT(stored_contents(), ElementsAre("new"));
    journal->set_retention_floor(100);
    journal->apply_retention(noon + 100 * 24h);
    EXPECT_THAT(stored_contents(), testing::IsEmpty());
    ASSERT_EQ(append("next"), AppendStatus::stored);
    EXPECT_EQ(journal->committed(), 5u);
    EXPECT_THAT(stored_contents(), ElementsAre("next"));
}

TEST_F(JournalTest, WhatIsNotSettledStaysHoweverOldAndLarge) {
    settings.changes = {1h, ByteSize{1000}};
    settings.segment = ByteSize{1000};
    open();
    for (int i = 0; i < 20; ++i) append("event " + std::to_string(i) + std::string(300, '.'));
    journal->set_retention_floor(11);
    journal->apply_retention(noon + 48h);
    const auto left = stored_contents();
    ASSERT_GE(left.size(), 10u);
    EXPECT_LT(left.size(), 20u);
    EXPECT_THAT(left.back(), HasSubstr("event 19"));
    journal->set_retention_floor(21);
    journal->apply_retention(noon + 48h);
    EXPECT_TRUE(stored_contents().empty());
}

TEST_F(JournalTest, BeyondTheSizeTheOldestGo) {
    settings.changes.max_size = ByteSize{5000};
    settings.segment = ByteSize{1000};
    open();
    for (int i = 0; i < 30; ++i) append("event " + std::to_string(i) + std::string(300, '.'));
    append("~e", Family::evaluations);
    journal->set_retention_floor(100);
    journal->apply_retention(noon + 1s);
    const auto left = stored_contents();
    EXPECT_LT(left.size(), 14u);
    EXPECT_GE(left.size(), 6u);
    EXPECT_EQ(left.back(), "~e") << "the families do not push each other out";
}

TEST_F(JournalTest, AReaderInTheMiddleOfWhatRetentionTakesGoesOnBehindIt) {
    settings.changes = {1h, ByteSize{1u << 30}};
    settings.segment = ByteSize{1000};
    open();
    for (int i = 0; i < 100; ++i) append("event " + std::to_string(i) + std::string(300, '.'));
    open(); // nothing is in memory
    const auto reader = journal->reader();
    ASSERT_EQ(reader->next(0, 5, 1 << 20).value().size(), 5u);
    append("late", Family::changes, noon + 48h);
    journal->set_retention_floor(1000);
    journal->apply_retention(noon + 48h);
    std::uint64_t at = 5;
    std::string last;
    for (;;) {
        const auto entries = reader->next(at, 50, 1 << 20).value();
        if (entries.empty()) break;
        at = entries.back().sequence;
        last = entries.back().body;
    }
    EXPECT_EQ(last, "late");
}

} // namespace
} // namespace webhookd::journal
