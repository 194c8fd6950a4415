#include "support/log_fixture.hpp"

#include <gmock/gmock.h>

namespace webhookd::test {
namespace {

using namespace std::chrono_literals;
using journal::Log;
using testing::ElementsAre;
using testing::IsEmpty;
using Call = MemoryDisk::Call;

using LogTest = LogFixture;

TEST_F(LogTest, WhatIsStoredIsReadBackInOrderAcrossBothFamilies) {
    ASSERT_TRUE(stored({"a", "~b", "c"}));
    ASSERT_TRUE(stored({"~d"}));
    EXPECT_THAT(contents(), ElementsAre("a", "~b", "c", "~d"));
    EXPECT_THAT(sequences, ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(contents(2), ElementsAre("c", "~d"));
    EXPECT_EQ(disk.names(".").size(), 0u);
    EXPECT_EQ(disk.names("changes").size(), 1u);
    EXPECT_EQ(disk.names("evaluations").size(), 1u);
}

TEST_F(LogTest, ACommitIsOneSyncPerFamilyItTouches) {
    ASSERT_TRUE(stored({"a", "~a"}));
    const auto before = disk.calls(Call::sync);
    ASSERT_TRUE(stored({"b", "c", "d"}));
    EXPECT_EQ(disk.calls(Call::sync), before + 1);
    ASSERT_TRUE(stored({"e", "~f", "~g"}));
    EXPECT_EQ(disk.calls(Call::sync), before + 3);
}

TEST_F(LogTest, GoesOnWhereItWasAfterAReopening) {
    ASSERT_TRUE(stored({"a", "~b"}));
    open();
    EXPECT_EQ(recovery.cut_bytes, 0u);
    ASSERT_TRUE(stored({"~c", "d"}));
    EXPECT_THAT(contents(), ElementsAre("a", "~b", "~c", "d"));
    EXPECT_TRUE(is_gapless());
    EXPECT_EQ(disk.names("changes").size(), 1u);
}

TEST_F(LogTest, BatchesShowWhatWasWritten) {
    ASSERT_TRUE(stored({"~x"}));
    ASSERT_TRUE(stored({"a", "~b"}));
    ASSERT_TRUE(last_batch);
    EXPECT_EQ(last_batch->first(), 2u);
    EXPECT_EQ(last_batch->last(), 3u);
    EXPECT_EQ(last_batch->entry(2).body, "a");
    EXPECT_EQ(last_batch->entry(3).body, "~b");
    EXPECT_EQ(last_batch->entry(3).family, Family::evaluations);
    EXPECT_EQ(last_batch->entry(2).attributes.get(Attribute::flag), "checkout");
}

TEST_F(LogTest, ASegmentThatIsLargeEnoughIsFollowedByAnother) {
    options.segment_bytes = {1000, 1000};
    open();
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(stored({"event " + std::to_string(i)}));
    EXPECT_GT(disk.names("changes").size(), 3u);
    EXPECT_EQ(contents(), acknowledged);
    open();
    EXPECT_EQ(contents(), acknowledged);
    EXPECT_TRUE(is_gapless());
}

TEST_F(LogTest, ASegmentThatIsOldEnoughIsFollowedByAnother) {
    options.segment_age = {1min, 1h};
    open();
    ASSERT_TRUE(stored({"a", "~a"}, noon));
    ASSERT_TRUE(stored({"b", "~b"}, noon + 61s));
    EXPECT_EQ(disk.names("changes").size(), 2u);
    EXPECT_EQ(disk.names("evaluations").size(), 1u);
}

TEST_F(LogTest, SegmentsKnowHowManyEventsOfTheirFamilyCameBefore) {
    options.segment_bytes = {300, 300};
    open();
    for (int i = 0; i < 6; ++i)
        ASSERT_TRUE(stored({"a" + std::to_string(i), "~b" + std::to_string(i), "~c" + std::to_string(i)}));
    open();
    const auto segments = catalogue->of(Family::evaluations);
    ASSERT_GT(segments.size(), 2u);
    EXPECT_EQ(segments.front()->events_before, 0u);
    EXPECT_EQ(segments[1]->events_before % 2, 0u);
    ASSERT_TRUE(stored({"~d"}));
    open();
    EXPECT_LE(catalogue->of(Family::evaluations).back()->events_before, 12u);
}

// --- a full disk ---

TEST_F(LogTest, WithoutRoomNothingIsStoredAndNothingIsLeftBehind) {
    ASSERT_TRUE(stored({"a", "~a"}));
    const auto before = disk.copy();
    disk.set_room(disk.used() + 300);
    EXPECT_EQ(commit({"~b", std::string(400, 'c')}), Log::Outcome::no_room);
    EXPECT_NE(why.find("No space left"), std::string::npos);
    for (const auto& name : before->names()) EXPECT_EQ(disk.content(name), before->content(name)) << name;
    EXPECT_THAT(contents(), ElementsAre("a", "~a"));
}

TEST_F(LogTest, GoesOnByItselfWhenThereIsRoomAgain) {
    ASSERT_TRUE(stored({"a"}));
    disk.set_room(disk.used() + 10);
    EXPECT_EQ(commit({"b", "~c"}), Log::Outcome::no_room);
    EXPECT_FALSE(log->has_room());
    disk.set_room(1 << 20);
    EXPECT_TRUE(log->has_room());
    ASSERT_TRUE(stored({"d", "~e"}));
    open();
    EXPECT_THAT(contents(), ElementsAre("a", "d", "~e"));
    EXPECT_TRUE(is_gapless());
    EXPECT_FALSE(disk.has("room"));
}

TEST_F(LogTest, WithoutRoomForANewSegmentThereIsNoNewSegment) {
    options.segment_bytes = {100, 100};
    open();
    ASSERT_TRUE(stored({"a"}));
    disk.set_room(disk.used() + 100);
    EXPECT_EQ(commit({"b"}), Log::Outcome::no_room);
    EXPECT_EQ(disk.names("changes").size(), 1u);
    disk.set_room(1 << 20);
    ASSERT_TRUE(stored({"b"}));
    EXPECT_THAT(contents(), ElementsAre("a", "b"));
}

TEST_F(LogTest, ASegmentThatMayNotGrowIsFollowedByAnother) {
    ASSERT_TRUE(stored({"a"}));
    disk.fail(Call::write, 0, EFBIG);
    EXPECT_EQ(commit({"b"}), Log::Outcome::no_room);
    disk.mend();
    ASSERT_TRUE(stored({"b"}));
    EXPECT_EQ(disk.names("changes").size(), 2u);
    EXPECT_THAT(contents(), ElementsAre("a", "b"));
}

TEST_F(LogTest, AFileThatCannotBeMadeIsWorthAnotherTry) {
    disk.fail(Call::open, 0, EMFILE);
    EXPECT_EQ(commit({"a"}), Log::Outcome::no_room);
    disk.mend();
    EXPECT_TRUE(stored({"a"}));
}

// --- a broken disk ---

TEST_F(LogTest, AnyOtherErrorIsFinal) {
    ASSERT_TRUE(stored({"a", "~a"}));
    disk.fail(Call::write, 0, EIO);
    EXPECT_EQ(commit({"b"}), Log::Outcome::failed);
    disk.mend();
    disk.fail(Call::sync, 1, EIO);
    EXPECT_EQ(commit({"c", "~d"}), Log::Outcome::failed);
    EXPECT_NE(why.find("syncing evaluations-"), std::string::npos) << why;
    disk.mend();
    disk.fail(Call::sync, 0, ENOSPC); // a sync that failed leaves nobody knowing what is on the disk
    EXPECT_EQ(commit({"e"}), Log::Outcome::failed);
}

TEST_F(LogTest, WhatCannotBeTakenBackIsFinal) {
    ASSERT_TRUE(stored({"a"}));
    disk.set_room(disk.used() + 100);
    disk.fail(Call::truncate, 0, EIO);
    EXPECT_EQ(commit({"b"}), Log::Outcome::failed);
}

// --- zeros ahead of the events ---

class ZerosAheadTest : public LogFixture {
protected:
    ZerosAheadTest() {
        options.most_ahead = 64u << 10;
        open();
    }
    std::size_t size() { return disk.content(newest("changes")).size(); }
    std::uint64_t used() { return catalogue->of(Family::changes).back()->size(); }
};

TEST_F(ZerosAheadTest, MostCommitsLeaveTheSizeOfTheFileAsItIs) {
    std::size_t longer = 0;
    for (int i = 0; i < 400; ++i) {
        const auto before = i == 0 ? 0 : size();
        ASSERT_TRUE(stored({std::string(1000, 'a')}));
        if (size() != before) ++longer;
    }
    EXPECT_LE(longer, 10u);
    EXPECT_EQ(contents(), acknowledged);
}

TEST_F(ZerosAheadTest, ASmallStoreStaysSmall) {
    ASSERT_TRUE(stored({"a"}));
    EXPECT_LE(size(), 20u << 10);
    EXPECT_LT(used(), 200u);
    for (int i = 0; i < 400; ++i) ASSERT_TRUE(stored({std::string(1000, 'a')}));
    EXPECT_LE(size(), used() + options.most_ahead + 4096);
}

TEST_F(ZerosAheadTest, WithSyncNormalThereAreNone) {
    options.sync = journal::Settings::Sync::normal;
    open();
    ASSERT_TRUE(stored({"a"}));
    EXPECT_EQ(size(), used());
}

TEST_F(ZerosAheadTest, LeaveNothingBehindWhereThereIsNoRoomForAll) {
    disk.set_room(disk.used() + 4000);
    ASSERT_TRUE(stored({"a"}));
    EXPECT_EQ(size(), used());
    ASSERT_TRUE(stored({"b"}));
    EXPECT_EQ(size(), used());
}

TEST_F(ZerosAheadTest, AFileThatIsNoLongerWrittenToEndsWithItsLastEvent) {
    options.segment_bytes = {1000, 1000};
    open();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(stored({std::string(300, 'a')}));
    const auto segments = catalogue->of(Family::changes);
    ASSERT_GT(segments.size(), 2u);
    for (std::size_t i = 0; i + 1 < segments.size(); ++i)
        EXPECT_EQ(disk.content(segments[i]->name()).size(), segments[i]->size());
    EXPECT_GT(size(), used());
    log->close();
    EXPECT_EQ(size(), used());
}

TEST_F(ZerosAheadTest, AreNeitherDamageNorAnythingToBeCutAtTheNextStart) {
    ASSERT_TRUE(stored({"a", "~b"}));
    ASSERT_TRUE(stored({"c"}));
    open(); // without close(): as after kill -9
    EXPECT_EQ(recovery.cut_bytes, 0u);
    EXPECT_EQ(recovery.damaged, 0u);
    ASSERT_TRUE(stored({"d"}));
    EXPECT_THAT(contents(), ElementsAre("a", "~b", "c", "d"));
    EXPECT_TRUE(is_gapless());
}

TEST_F(ZerosAheadTest, DoNotHideATornCommit) {
    ASSERT_TRUE(stored({"a"}));
    const auto end = used();
    disk.remove("committed").value();
    ASSERT_TRUE(stored({"torn"}));
    auto& bytes = disk.content(newest("changes"));
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(end) + 50, bytes.end(), '\0');
    open();
    EXPECT_GT(recovery.cut_bytes, 0u);
    EXPECT_LE(recovery.cut_bytes, 50u);
    EXPECT_EQ(log->next_sequence(), 2u);
    ASSERT_TRUE(stored({"b"}));
    EXPECT_THAT(contents(), ElementsAre("a", "b"));
}

TEST_F(ZerosAheadTest, BehindWhatIsLeftOfAnAcknowledgedEventHideItNeither) {
    ASSERT_TRUE(stored({"a"}));
    ASSERT_TRUE(stored({"b"}));
    auto& bytes = disk.content(newest("changes"));
    bytes[bytes.rfind("FWE1") + 9] ^= 1;
    open(); // the file `committed` tells
    EXPECT_EQ(recovery.damaged, 1u);
    ASSERT_TRUE(stored({"c"}));
    EXPECT_EQ(disk.names("changes").size(), 2u) << "what is left is not overwritten";
    EXPECT_THAT(contents(), ElementsAre("a", "c"));
}

TEST_F(ZerosAheadTest, AnErasedLastEventIsNotTakenForZeros) {
    ASSERT_TRUE(stored({"a"}));
    ASSERT_TRUE(stored({"to be erased"}));
    const auto end = used();
    auto& bytes = disk.content(newest("changes"));
    const auto frame = bytes.rfind("FWE1");
    bytes.replace(frame + journal::state_offset, 4, "GONE");
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(frame + journal::frame_header_bytes), bytes.end(), '\0');
    disk.remove("committed").value();
    open();
    EXPECT_EQ(recovery.damaged, 0u);
    EXPECT_EQ(used(), end);
    EXPECT_EQ(log->next_sequence(), 3u);
}

TEST_F(ZerosAheadTest, WithoutRoomForThemEventsStillFindSome) {
    disk.set_room(1000);
    ASSERT_TRUE(stored({"a"}));
    ASSERT_TRUE(stored({"b"}));
    EXPECT_EQ(commit({std::string(900, 'c')}), Log::Outcome::no_room);
    EXPECT_EQ(size(), used());
    disk.set_room(1 << 20);
    ASSERT_TRUE(stored({"d"}));
    EXPECT_GT(size(), used());
    EXPECT_THAT(contents(), ElementsAre("a", "b", "d"));
}

TEST_F(ZerosAheadTest, AnyOtherErrorIsFinal) {
    ASSERT_TRUE(stored({"a"}));
    disk.fail(Call::write, 3, EIO); // after a frame, the hint `committed` and another frame
    ASSERT_TRUE(stored({"b"}));
    EXPECT_EQ(commit({std::string(40'000, 'c')}), Log::Outcome::failed);
}

// --- closing for retention ---

TEST_F(LogTest, AnOldSegmentIsClosedAndTheSequenceOutlivesItsRemoval) {
    ASSERT_TRUE(stored({"a", "b"}, noon));
    EXPECT_EQ(log->close_older(Family::changes, noon - 1s, noon).outcome, Log::Outcome::stored);
    EXPECT_EQ(disk.names("changes").size(), 1u) << "not old enough";
    ASSERT_EQ(log->close_older(Family::changes, noon + 1s, noon + 2s).outcome, Log::Outcome::stored);
    ASSERT_EQ(disk.names("changes").size(), 2u);
    ASSERT_TRUE(disk.remove(disk.names("changes").front()));
    disk.remove("committed").value();
    open();
    EXPECT_EQ(log->next_sequence(), 3u);
    ASSERT_TRUE(stored({"c"}));
    EXPECT_THAT(contents(), ElementsAre("c"));
    EXPECT_THAT(sequences, ElementsAre(3));
}

} // namespace
} // namespace webhookd::test
