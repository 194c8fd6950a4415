#include "support/journal_fixture.hpp"

#include <gmock/gmock.h>

namespace webhookd::test {
namespace {

using journal::AppendStatus;
using journal::Erasure;
using journal::Query;
using journal::Store;
using testing::IsEmpty;
using testing::SizeIs;

class EraseTest : public JournalFixture {
protected:
    EraseTest() { settings.segment = ByteSize{30'000}; }

    void fill() {
        open();
        for (int i = 0; i < 60; ++i) {
            Event event("{\"who\":\"" + std::string(i % 20 == 7 ? "canary-body" : "other") + std::to_string(i) + "\"}",
                        Family::changes,
                        {{Attribute::actor, i % 20 == 7 ? "canary@example.com" : "jane@example.com"},
                         {Attribute::flag, i % 20 == 7 ? "canary_flag" : "checkout"}});
            ASSERT_EQ(append(event), AppendStatus::stored);
            Event evaluation("{\"identity\":\"" + std::string(i % 20 == 3 ? "canary-user" : "user") +
                                 std::to_string(i) + "\"}",
                             Family::evaluations, {{Attribute::identity, i % 20 == 3 ? "canary-user" : "somebody"}});
            ASSERT_EQ(append(evaluation), AppendStatus::stored);
        }
        wait_for_index();
    }
    /// Until the texts have come into the index, so that their removal from there is seen.
    void wait_for_index() {
        const auto patience = std::chrono::steady_clock::now() + 20s;
        while (journal->store().figures().value().indexed + 1 < journal->committed() &&
               std::chrono::steady_clock::now() < patience)
            std::this_thread::sleep_for(20ms);
    }
};

TEST_F(EraseTest, NothingOfAnActorIsLeftInAnyFileOrInMemory) {
    fill();
    ASSERT_THAT(files_with("canary@example.com"), testing::Contains(testing::StartsWith("index.db")));
    ASSERT_THAT(files_with("canary-body"), testing::Not(IsEmpty()));
    journal::DeadLetter letter;
    letter.lane = "file";
    letter.sequence = 15;
    Event like("x", Family::changes, {{Attribute::actor, "canary@example.com"}});
    letter.attributes = like.kept;
    letter.body = "canary-body in a letter";
    const journal::DeadLetter letters[] = {letter};
    ASSERT_TRUE(journal->ledger().bury(letters, {}));
    const auto reader = journal->reader();
    ASSERT_EQ(reader->next(0, 5, 1 << 20).value().size(), 5u);

    const auto erased = journal->erase(Erasure{{}, {"canary@example.com"}, {}}).value();
    EXPECT_EQ(erased.events, 3u);
    EXPECT_EQ(erased.others, 1u);
    EXPECT_THAT(files_with("canary@example.com"), IsEmpty());
    EXPECT_THAT(files_with("canary-body"), IsEmpty());
    EXPECT_THAT(files_with("canary_flag"), IsEmpty());

    EXPECT_THAT(contents(), SizeIs(117));
    for (std::uint64_t at = 5;;) {
        const auto entries = reader->next(at, 1000, 1 << 20).value();
        if (entries.empty()) break;
        for (const auto& entry : entries) EXPECT_EQ(entry.body.find("canary-body"), std::string_view::npos);
        at = entries.back().sequence;
    }
    Query query;
    query.match.push_back({Attribute::actor, {"canary@example.com"}});
    EXPECT_TRUE(journal->store().find(query).value().events.empty());
    EXPECT_TRUE(Store::open(settings.directory)->find(query).value().events.empty());
    const auto verified = journal->store().verify().value();
    EXPECT_TRUE(verified.damage.empty());
    EXPECT_EQ(verified.erased, 3u);

    EXPECT_THAT(stored_contents(), SizeIs(117));
    EXPECT_EQ(journal->committed(), 120u) << "sequences stay";
    EXPECT_THAT(files_with("canary-body"), IsEmpty());
}

/// The index forgets removed events bit by bit, behind retention.
TEST_F(EraseTest, NothingIsLeftOfWhatRetentionHasJustRemoved) {
    open();
    const auto append_some = [&](int from, Time when) {
        for (int i = from; i < from + 40; ++i) {
            Event event("{\"n\":\"" + std::to_string(i) + std::string(1000, 'x') + "\"}", Family::changes,
                        {{Attribute::actor, i % 20 == 7 ? "canary@example.com" : "jane@example.com"}});
            ASSERT_EQ(append(event.at(when)), AppendStatus::stored);
        }
    };
    append_some(0, noon);
    append_some(100, noon + 24h * 29);
    wait_for_index();
    ASSERT_THAT(files_with("canary@example.com"), testing::Contains(testing::StartsWith("index.db")));

    journal->set_retention_floor(journal->committed());
    ASSERT_TRUE(journal->apply_retention(noon + 24h * 31));
    EXPECT_EQ(journal->erase(Erasure{{}, {"canary@example.com"}, {}}).value().events, 2u) << "two had just gone";
    EXPECT_THAT(files_with("canary@example.com"), IsEmpty());
}

TEST_F(EraseTest, NothingOfAnIdentityIsLeft) {
    fill();
    ASSERT_THAT(files_with("canary-user"), testing::Not(IsEmpty()));
    EXPECT_EQ(journal->erase(Erasure{{}, {}, {"canary-user"}}).value().events, 3u);
    EXPECT_THAT(files_with("canary-user"), IsEmpty());
    EXPECT_THAT(contents(), SizeIs(117));
}

TEST_F(EraseTest, WhatIsErasedByIdMayComeAgain) {
    open();
    Event event("{\"a\":\"canary\"}");
    ASSERT_EQ(append(event), AppendStatus::stored);
    Event again("{\"a\":\"canary\"}");
    ASSERT_EQ(append(again), AppendStatus::duplicate);
    EXPECT_EQ(journal->erase(Erasure{{event.id}, {}, {}}).value().events, 1u);
    EXPECT_THAT(files_with("canary"), IsEmpty());
    Event third("{\"a\":\"canary\"}");
    EXPECT_EQ(append(third), AppendStatus::stored) << "the duplicate window has forgotten it";
    open();
    Event fourth("{\"a\":\"canary\"}");
    EXPECT_EQ(append(fourth), AppendStatus::duplicate) << "of the third";
}

TEST_F(EraseTest, OnlyExactlyWhatIsNamed) {
    fill();
    EXPECT_EQ(journal->erase(Erasure{{}, {"*"}, {"canary-use"}}).value().events, 0u);
    EXPECT_THAT(contents(), SizeIs(120));
}

TEST_F(EraseTest, WorksWhileEventsComeIn) {
    fill();
    std::atomic<bool> is_enough{false};
    std::thread writer([&] {
        for (int i = 0; !is_enough; ++i) append("more " + std::to_string(i));
    });
    EXPECT_EQ(journal->erase(Erasure{{}, {"canary@example.com"}, {"canary-user"}}).value().events, 6u);
    is_enough = true;
    writer.join();
    EXPECT_THAT(files_with("canary"), IsEmpty());
    EXPECT_TRUE(journal->store().verify().value().damage.empty());
}

} // namespace
} // namespace webhookd::test
