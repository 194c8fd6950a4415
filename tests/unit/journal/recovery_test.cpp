#include "journal/checksum.hpp"
#include "support/log_fixture.hpp"

#include <gmock/gmock.h>

namespace webhookd::test {
namespace {

using journal::Log;
using testing::ElementsAre;
using Call = MemoryDisk::Call;

class RecoveryTest : public LogFixture {
protected:
    /// What is acknowledged must be there; what is there must have been sent, each once and without gaps.
    void expect_nothing_lost(const std::vector<std::string>& sent) {
        const auto found = contents();
        EXPECT_TRUE(is_gapless());
        ASSERT_LE(acknowledged.size(), found.size());
        ASSERT_LE(found.size(), sent.size());
        for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], sent[i]);
    }
};

TEST_F(RecoveryTest, ATornTailIsCutAtEveryByte) {
    ASSERT_TRUE(stored({"first", "~second"}));
    const auto changes = newest("changes");
    const auto evaluations = newest("evaluations");
    const auto whole_changes = disk.content(changes).size();
    const auto whole_evaluations = disk.content(evaluations).size();
    disk.remove("committed").value();
    ASSERT_TRUE(stored({"third", "~fourth", "fifth"}));

    for (const auto& [name, whole] : {std::pair(changes, whole_changes), std::pair(evaluations, whole_evaluations)}) {
        const auto all = disk.content(name).size();
        for (auto size = whole; size < all; ++size) {
            auto torn = disk.copy();
            ASSERT_FALSE(torn->has("committed"));
            torn->content(name).resize(size);
            journal::Catalogue segments;
            auto result = recover(*torn, segments, 0);
            // A prefix of the commit may stay, never with a gap.
            const auto next = result.position.next_sequence;
            ASSERT_GE(next, 3u) << name << " cut to " << size;
            ASSERT_LE(next, 5u) << name << " cut to " << size;
            if (name == evaluations) {
                EXPECT_EQ(next, 4u);
            }
            Log again(*torn, segments, {}, std::move(result.position));
            Sent one("after", Family::changes);
            journal::Append* const appends[] = {&one};
            ASSERT_EQ(again.commit(appends).outcome, Log::Outcome::stored);
            EXPECT_EQ(one.sequence, next);
        }
    }
}

TEST_F(RecoveryTest, ACommitOfWhichOneFamilyIsMissingIsCutInTheOther) {
    ASSERT_TRUE(stored({"a", "~b"}));
    const auto before = disk.content(newest("changes"));
    ASSERT_TRUE(stored({"c", "~d", "e"}));
    disk.content(newest("changes")) = before; // its part never reached the disk
    disk.remove("committed").value();
    open();
    EXPECT_THAT(contents(), ElementsAre("a", "~b"));
    EXPECT_GT(recovery.cut_bytes, 0u);
    ASSERT_TRUE(stored({"~f"}));
    EXPECT_THAT(sequences, ElementsAre(1, 2));
    contents();
    EXPECT_TRUE(is_gapless());
}

TEST_F(RecoveryTest, TheSameIsDamageWhereTheCommitIsKnownToBeAcknowledged) {
    ASSERT_TRUE(stored({"a", "~b"}));
    const auto before = disk.content(newest("changes"));
    ASSERT_TRUE(stored({"c", "~d", "e"}));
    disk.content(newest("changes")) = before;
    open(); // the file `committed` tells
    EXPECT_THAT(contents(), ElementsAre("a", "~b", "~d"));
    EXPECT_EQ(log->next_sequence(), 6u) << "an acknowledged sequence is never given twice";
}

TEST_F(RecoveryTest, WhatIsLeftOfAnAcknowledgedEventIsNotCutOff) {
    ASSERT_TRUE(stored({"a", "b"}));
    auto& bytes = disk.content(newest("changes"));
    bytes[bytes.rfind("FWE1") + 9] ^= 1; // the header of the last event
    const auto before = bytes;
    open();
    EXPECT_EQ(recovery.damaged, 1u);
    EXPECT_EQ(log->next_sequence(), 3u);
    ASSERT_TRUE(stored({"c"}));
    EXPECT_EQ(disk.content(disk.names("changes").front()), before);
    EXPECT_EQ(disk.names("changes").size(), 2u);
    EXPECT_THAT(contents(), ElementsAre("a", "c"));
}

TEST_F(RecoveryTest, ADamagedLastEventOfAFamilyIsNotTakenForACommitUnderWay) {
    ASSERT_TRUE(stored({"a"}));
    const auto whole = disk.content(newest("changes")).size();
    ASSERT_TRUE(stored({"b"}));
    const auto size = disk.content(newest("changes")).size();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(stored({"~e" + std::to_string(i)}));
    const auto name = newest("changes");
    for (const std::size_t byte : {0, 4, 20, 40, 58}) { // marker, checksum, time, length, place in its commit
        auto hurt = disk.copy();
        hurt->content(name)[whole + byte] ^= 4;
        journal::Catalogue segments;
        const auto result = recover(*hurt, segments, 5);
        EXPECT_EQ(result.damaged, 1u) << byte;
        EXPECT_EQ(result.cut_bytes, 0u) << byte;
        EXPECT_EQ(hurt->content(name).size(), size) << byte;
        EXPECT_EQ(result.position.next_sequence, 6u) << byte;
    }
}

TEST_F(RecoveryTest, ATornCommitBehindADamagedEventIsCutAllTheSame) {
    ASSERT_TRUE(stored({"~a"}));
    ASSERT_TRUE(stored({"b"}));
    const auto before = disk.content(newest("changes"));
    ASSERT_TRUE(stored({"c", "~d"}));
    disk.content(newest("changes")) = before;                                  // its part never reached the disk
    disk.content(newest("evaluations"))[journal::file_header_bytes + 20] ^= 4; // the header of "~a"
    disk.remove("committed").value();
    open();
    EXPECT_THAT(contents(), ElementsAre("b"));
    EXPECT_EQ(recovery.damaged, 1u);
    EXPECT_EQ(log->next_sequence(), 3u);
    ASSERT_TRUE(stored({"e", "~f"}));
    for (int starts = 0; starts < 2; ++starts) {
        EXPECT_THAT(contents(), ElementsAre("b", "e", "~f")) << "\"~d\" would stand in the place of \"~f\"";
        open();
    }
}

TEST_F(RecoveryTest, ALanesCursorAlsoTellsWhatWasAcknowledged) {
    ASSERT_TRUE(stored({"a", "b"}));
    disk.content(newest("changes")).resize(journal::file_header_bytes);
    disk.remove("committed").value();
    settled = 2;
    open();
    EXPECT_EQ(log->next_sequence(), 3u);
}

TEST_F(RecoveryTest, DamageInTheMiddleIsPassedOverAndCounted) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(stored({"event " + std::to_string(i)}));
    auto& bytes = disk.content(newest("changes"));
    const auto in_body = bytes.find("event 2");
    bytes[in_body] = 'E';
    const auto fourth = bytes.find("event 3");
    bytes[fourth - journal::frame_header_bytes - attributes_with("checkout").size() + 9] ^= 1; // its header
    open();
    EXPECT_EQ(recovery.damaged, 2u);
    EXPECT_THAT(contents(), ElementsAre("event 0", "event 1", "event 4"));
    EXPECT_EQ(log->next_sequence(), 6u);
}

TEST_F(RecoveryTest, ADamagedFileHeaderHurtsNoEvent) {
    ASSERT_TRUE(stored({"a", "b"}));
    disk.content(newest("changes"))[3] ^= 1;
    open();
    EXPECT_EQ(recovery.unreadable_headers.size(), 1u);
    EXPECT_THAT(contents(), ElementsAre("a", "b"));
}

TEST_F(RecoveryTest, AFileThatWasOnlyBeingMadeIsRemoved) {
    options.segment_bytes = {100, 100};
    open();
    ASSERT_TRUE(stored({"a", "~a"}));
    for (const std::size_t size : {std::size_t{0}, std::size_t{17}, journal::file_header_bytes}) {
        auto file = disk.open(journal::segment_name(Family::changes, 4), journal::FileSystem::Access::create).value();
        char header[journal::file_header_bytes];
        encode(journal::FileHeader{Family::changes, 4, 2, 1, noon}, header);
        file->write({header, size}, 0).value();
        open();
        EXPECT_EQ(disk.names("changes").size(), 1u) << size;
        EXPECT_EQ(log->next_sequence(), 3u) << size;
    }
}

TEST_F(RecoveryTest, ANewerFormatIsRefusedWithWhatToDo) {
    ASSERT_TRUE(stored({"a"}));
    char header[journal::file_header_bytes];
    encode(journal::FileHeader{Family::changes, 1, 0, 0, noon}, header);
    journal::FileHeader newer;
    ASSERT_EQ(decode({header, sizeof header}, newer), journal::HeaderCheck::good);
    // A newer program would write its version with a fitting checksum; made here through the same function, by hand.
    header[8] = 2;
    const auto sum = journal::checksum({header, 56}, 0);
    std::memcpy(header + 56, &sum, sizeof sum);
    std::copy(header, header + sizeof header, disk.content(newest("changes")).begin());
    try {
        open();
        FAIL() << "it was opened";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("newer flagsmith-webhookd"), std::string::npos) << error.what();
    }
}

// --- power cuts ---

TEST_F(RecoveryTest, WhatAStartFoundIsStoredAndSurvivesAPowerCut) {
    ASSERT_TRUE(stored({"a"}));
    disk.fail(Call::sync, 0, EIO);
    ASSERT_FALSE(stored({"b", "~c"})); // written, not synced; then the process ends
    disk.mend();
    open();
    EXPECT_THAT(contents(), ElementsAre("a", "b", "~c"));
    disk.cut_power();
    open();
    EXPECT_THAT(contents(), ElementsAre("a", "b", "~c")) << "they were served, and a repeat was called a duplicate";
}

TEST_F(RecoveryTest, TheHeaderOfANewFileVouchesForWhatStandsInOthers) {
    options.segment_bytes = {1u << 20, 1};
    open();
    ASSERT_TRUE(stored({"~a", "b"}));
    ASSERT_TRUE(stored({"~c"}));
    disk.content(newest("evaluations"))
        .resize(journal::file_header_bytes); // all that reached the disk of the last commit
    disk.remove("committed").value();
    open();
    EXPECT_THAT(contents(), ElementsAre("~a", "b"));
    EXPECT_EQ(log->next_sequence(), 3u);
}

/// Commits until the disk answers no more, in a pattern that touches both families and rolls segments over.
std::vector<std::string> commits(int round) {
    const auto text = [&](const char* kind, int i) { return kind + std::to_string(round) + "." + std::to_string(i); };
    switch (round % 4) {
    case 0:
        return {text("c", 0)};
    case 1:
        return {text("~e", 0), text("~e", 1)};
    case 2:
        return {text("c", 0), text("~e", 1), text("c", 2), text("~e", 3)};
    default:
        return {text("~e", 0), text("c", 1) + std::string(700, '.')};
    }
}

TEST_F(RecoveryTest, APowerCutAtEverySyncLosesNothingAcknowledged) {
    constexpr int rounds = 24;
    std::size_t cuts = 0;
    for (const auto call : {Call::sync, Call::sync_directory, Call::write, Call::open}) {
        for (std::size_t nth = 0;; ++nth) {
            for (const unsigned ragged : {0u, 1u, 2u, 3u, 4u, 5u}) {
                MemoryDisk fresh;
                std::mt19937 random(static_cast<unsigned>(nth) * 6 + ragged);
                journal::Catalogue segments;
                Log::Options small;
                small.segment_bytes = {600, 600};
                small.most_ahead = ragged % 2 * 1000; // zeros ahead of the events, or none
                std::vector<std::string> acked;
                std::vector<std::string> sent;
                {
                    Log doomed(fresh, segments, small, recover(fresh, segments, 0).position);
                    fresh.fail(call, nth, EIO);
                    for (int round = 0; round < rounds; ++round) {
                        const auto texts = commits(round);
                        sent.insert(sent.end(), texts.begin(), texts.end());
                        std::deque<Sent> events;
                        std::vector<journal::Append*> appends;
                        for (const auto& text : texts)
                            appends.push_back(
                                &events.emplace_back(text, text[0] == '~' ? Family::evaluations : Family::changes));
                        if (doomed.commit(appends).outcome != Log::Outcome::stored) break;
                        acked.insert(acked.end(), texts.begin(), texts.end());
                    }
                }
                if (ragged == 0 && acked.size() == sent.size()) goto next_call;
                ++cuts;
                if (ragged == 0)
                    fresh.cut_power();
                else
                    fresh.cut_power_raggedly(random);

                // What comes up again must hold everything that was acknowledged, in order and gapless.
                catalogue = std::make_unique<journal::Catalogue>();
                auto found = recover(fresh, *catalogue, journal::CommittedFile::read(fresh));
                const journal::RecentBatches none(0);
                const std::atomic<std::uint64_t> end{found.position.next_sequence - 1};
                journal::MergingReader reader(fresh, *catalogue, none, end);
                const auto entries = reader.next(0, 10'000, 1 << 20).value();
                ASSERT_GE(entries.size(), acked.size()) << "call " << nth << " ragged " << ragged;
                ASSERT_EQ(entries.size(), end.load()) << "gapless";
                for (std::size_t i = 0; i < entries.size(); ++i) {
                    ASSERT_EQ(entries[i].sequence, i + 1);
                    ASSERT_EQ(entries[i].body, sent[i]);
                }
                Log again(fresh, *catalogue, small, std::move(found.position));
                Sent one("afterwards", Family::changes);
                journal::Append* const appends[] = {&one};
                ASSERT_EQ(again.commit(appends).outcome, Log::Outcome::stored);
            }
        }
    next_call:;
    }
    EXPECT_GT(cuts, 300u);
}

TEST_F(RecoveryTest, WithSyncNormalAPowerCutDoesLoseThem) {
    options.sync = journal::Settings::Sync::normal;
    open();
    ASSERT_TRUE(stored({"a", "b"}));
    log.reset();
    disk.cut_power();
    open();
    EXPECT_LT(contents().size(), acknowledged.size()) << "else the test above proves nothing";
}

} // namespace
} // namespace webhookd::test
