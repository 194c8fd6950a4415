#include "webhookd/journal/ledger.hpp"

#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace webhookd::journal {
namespace {

using namespace std::chrono_literals;

constexpr Time noon{std::chrono::microseconds{1'795'000'000'000'000}};

std::string with_actor(std::string_view actor) {
    AttributeWriter writer;
    writer.add(Attribute::type, "com.flagsmith.flag.updated");
    writer.add(Attribute::actor, actor);
    return std::string(writer.bytes());
}

DeadLetter letter(std::string lane, std::uint64_t sequence, std::string body = "{}") {
    DeadLetter letter;
    letter.lane = std::move(lane);
    letter.sequence = sequence;
    letter.id = content_id(body + std::to_string(sequence));
    letter.received = noon;
    letter.attributes = with_actor("jane@example.com");
    letter.body = std::move(body);
    letter.why = "answered 400";
    letter.attempts = 3;
    letter.died = noon + 5s;
    return letter;
}

Quarantined body_of(std::string text, unsigned status = 422, std::string endpoint = "environment") {
    Quarantined body;
    body.id = content_id(text);
    body.received = noon;
    body.endpoint = std::move(endpoint);
    body.status = status;
    body.reasons = R"([{"pointer":"/data","rule":"type","detail":"a number"}])";
    body.attributes = with_actor("joe@example.com");
    body.body = std::move(text);
    return body;
}

class LedgerTest : public testing::Test {
protected:
    void reopen() {
        ledger.reset();
        ledger = Ledger::open(directory.path());
    }
    std::string all_files() const {
        std::string all;
        for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
            std::ifstream file(entry.path(), std::ios::binary);
            all.append(std::istreambuf_iterator<char>(file), {});
        }
        return all;
    }

    test::TemporaryDirectory directory;
    std::unique_ptr<Ledger> ledger = Ledger::open(directory.path());
};

TEST_F(LedgerTest, LanesComeBackAsTheyWereLeft) {
    const Settled cursors[] = {{"file", 17}, {"kafka", 4}};
    ASSERT_TRUE(ledger->settle(cursors));
    ASSERT_TRUE(ledger->set_paused("kafka", true));
    ASSERT_TRUE(ledger->set_removed("file", noon));
    reopen();
    const auto lanes = ledger->lanes().value();
    ASSERT_EQ(lanes.size(), 2u);
    EXPECT_EQ(lanes[0].lane, "file");
    EXPECT_EQ(lanes[0].settled, 17u);
    EXPECT_EQ(lanes[0].removed_since, noon);
    EXPECT_FALSE(lanes[0].paused);
    EXPECT_EQ(lanes[1].settled, 4u);
    EXPECT_TRUE(lanes[1].paused);
}

TEST_F(LedgerTest, PauseAndCursorDoNotOverwriteEachOther) {
    ASSERT_TRUE(ledger->set_paused("file", true));
    const Settled cursor[] = {{"file", 9}};
    ASSERT_TRUE(ledger->settle(cursor));
    const auto lane = ledger->lane("file").value();
    ASSERT_TRUE(lane);
    EXPECT_TRUE(lane->paused);
    EXPECT_EQ(lane->settled, 9u);
    EXPECT_FALSE(ledger->lane("none").value());
}

TEST_F(LedgerTest, ALetterAndTheCursorBehindItAreStoredTogether) {
    const DeadLetter letters[] = {letter("file", 5), letter("file", 7)};
    EXPECT_EQ(ledger->bury(letters, Settled{"file", 7}).value(), 0u);
    reopen();
    EXPECT_EQ(ledger->lane("file").value()->settled, 7u);
    DeadLetterQuery query;
    query.with_body = true;
    const auto found = ledger->dead_letters(query).value();
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].sequence, 5u);
    EXPECT_EQ(found[0].id, letters[0].id);
    EXPECT_EQ(found[0].body, "{}");
    EXPECT_EQ(found[0].why, "answered 400");
    EXPECT_EQ(found[0].attempts, 3u);
    EXPECT_EQ(found[0].died, noon + 5s);
    EXPECT_EQ(AttributeView(found[0].attributes).get(Attribute::actor), "jane@example.com");
    query.after = found[0].number;
    EXPECT_EQ(ledger->dead_letters(query).value().size(), 1u);
}

TEST_F(LedgerTest, TheSameEventIsOneLetterOfALaneHoweverOftenItDies) {
    const DeadLetter once[] = {letter("file", 5)};
    ASSERT_TRUE(ledger->bury(once, {}));
    ASSERT_TRUE(ledger->bury(once, {}));
    const DeadLetter elsewhere[] = {letter("kafka", 5)};
    ASSERT_TRUE(ledger->bury(elsewhere, {}));
    EXPECT_EQ(ledger->dead_letter_amount("file").value().count, 1u);
    EXPECT_EQ(ledger->dead_letter_amount("").value().count, 2u);
}

TEST_F(LedgerTest, RemovedLettersAreGoneAndNoLongerCounted) {
    const DeadLetter letters[] = {letter("file", 1), letter("file", 2)};
    ASSERT_TRUE(ledger->bury(letters, {}));
    const auto first = ledger->dead_letters({}).value().front().number;
    const std::int64_t numbers[] = {first, 4711};
    EXPECT_EQ(ledger->remove_dead_letters(numbers).value(), 1u);
    EXPECT_FALSE(ledger->dead_letter(first).value());
    EXPECT_EQ(ledger->dead_letter_amount("file").value().count, 1u);
    ASSERT_TRUE(ledger->forget_lane("file"));
    EXPECT_EQ(ledger->dead_letter_amount("file").value().count, 0u);
    EXPECT_EQ(ledger->dead_letter_amount("file").value().bytes, 0u);
}

TEST_F(LedgerTest, BeyondTheBoundTheOldestLetterGoesAndIsReported) {
    LedgerBounds bounds;
    bounds.dead_letters = {3, 1 << 20};
    ledger.reset();
    ledger = Ledger::open(directory.path(), bounds);
    for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
        const DeadLetter one[] = {letter("file", sequence)};
        EXPECT_EQ(ledger->bury(one, {}).value(), 0u);
    }
    const DeadLetter last[] = {letter("file", 4)};
    EXPECT_EQ(ledger->bury(last, {}).value(), 1u);
    EXPECT_EQ(ledger->dead_letters({}).value().front().sequence, 2u);
    const DeadLetter large[] = {letter("file", 5, std::string((1 << 20) - 100, 'x'))};
    EXPECT_EQ(ledger->bury(large, {}).value(), 3u);
    EXPECT_EQ(ledger->dead_letters({}).value().front().sequence, 5u);
}

TEST_F(LedgerTest, QuarantineKeepsTheBytesAndTheReasons) {
    const std::string bytes("{\"a\":\0 1}", 9);
    const Quarantined bodies[] = {body_of(bytes), body_of("[]", 400)};
    ASSERT_TRUE(ledger->quarantine(bodies));
    reopen();
    const auto found = ledger->quarantined(content_id(bytes)).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->body, bytes);
    EXPECT_EQ(found->status, 422u);
    EXPECT_EQ(found->endpoint, "environment");
    EXPECT_EQ(found->reasons, bodies[0].reasons);
    EXPECT_EQ(ledger->quarantine_amount().value().count, 2u);

    QuarantineQuery query;
    query.after = bodies[0].id;
    const auto rest = ledger->quarantined(query).value();
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].id, bodies[1].id);
    EXPECT_TRUE(rest[0].body.empty());

    const EventId ids[] = {bodies[0].id, bodies[1].id};
    EXPECT_EQ(ledger->remove_quarantined(ids).value(), 2u);
    EXPECT_EQ(ledger->quarantine_amount().value().bytes, 0u);
}

TEST_F(LedgerTest, UnverifiedBodiesAreARingOfTheirOwnPerEndpoint) {
    const Quarantined understood[] = {body_of("kept")};
    ASSERT_TRUE(ledger->quarantine(understood));
    for (int i = 0; i < 20; ++i) {
        const Quarantined refused[] = {body_of(std::string(1000, 'a') + std::to_string(i), 401)};
        ASSERT_TRUE(ledger->keep_unverified("environment", refused, ByteSize{5000}));
    }
    const Quarantined refused[] = {body_of("elsewhere", 401, "organisation")};
    ASSERT_TRUE(ledger->keep_unverified("organisation", refused, ByteSize{5000}));
    EXPECT_TRUE(ledger->quarantined(understood[0].id).value());
    EXPECT_TRUE(ledger->quarantined(content_id("elsewhere")).value());
    EXPECT_TRUE(ledger->quarantined(content_id(std::string(1000, 'a') + "19")).value());
    EXPECT_FALSE(ledger->quarantined(content_id(std::string(1000, 'a') + "0")).value());
    EXPECT_LE(ledger->quarantine_amount().value().bytes, 5000u + 400u);
}

TEST_F(LedgerTest, ErasedBytesAreInNoFileOfTheDirectory) {
    auto mine = letter("file", 1, "canary-in-a-letter");
    mine.attributes = with_actor("canary@example.com");
    auto large = letter("file", 2, std::string(100'000, 'y') + "canary-in-a-long-letter");
    large.attributes = with_actor("canary@example.com");
    const DeadLetter letters[] = {mine, large, letter("file", 3, "stays-where-it-is")};
    ASSERT_TRUE(ledger->bury(letters, {}));
    const Quarantined bodies[] = {body_of("canary-in-quarantine")};
    ASSERT_TRUE(ledger->quarantine(bodies));
    ASSERT_NE(all_files().find("canary"), std::string::npos);

    Erasure erasure;
    erasure.actors = {"canary@example.com"};
    erasure.ids = {bodies[0].id};
    EXPECT_EQ(ledger->erase(erasure).value(), 3u);
    const auto all = all_files();
    EXPECT_EQ(all.find("canary"), std::string::npos);
    EXPECT_NE(all.find("stays-where-it-is"), std::string::npos);
}

TEST_F(LedgerTest, AQuarantinedBodyIsErasedWhereverItHoldsTheName) {
    // Nobody could tell what is what in these, so there is no attribute to go by.
    const Quarantined bodies[] = {body_of(R"({"by": "zo\u00eb@example.com", )", 400), body_of("[\"zoë@example.com\"]"),
                                  body_of(R"(["not zoë@example.com"])")};
    ASSERT_TRUE(ledger->quarantine(bodies));
    const Quarantined refused[] = {body_of(R"({"identity": "zoë@example.com"})", 401)};
    ASSERT_TRUE(ledger->keep_unverified("environment", refused, ByteSize{5000}));
    Erasure erasure;
    erasure.identities = {"zoë@example.com"};
    EXPECT_EQ(ledger->erase(erasure).value(), 3u);
    EXPECT_TRUE(ledger->quarantined(bodies[2].id).value()) << "only the whole text is a name";
}

TEST_F(LedgerTest, AReaderSeesWhatTheWriterCommittedAndCannotChangeIt) {
    const Settled cursor[] = {{"file", 3}};
    ASSERT_TRUE(ledger->settle(cursor));
    const auto reader = Ledger::open_to_read(directory.path());
    EXPECT_EQ(reader->lane("file").value()->settled, 3u);
    EXPECT_FALSE(reader->set_paused("file", true));
    EXPECT_EQ(reader->lane("file").value()->settled, 3u) << "an error must not stick beyond its call";
}

TEST_F(LedgerTest, ReadingAClosedLedgerMakesNoFiles) {
    const Settled cursor[] = {{"file", 3}};
    ASSERT_TRUE(ledger->settle(cursor));
    ledger.reset();
    const auto files = [&] {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
            names.push_back(entry.path().filename());
        return names;
    };
    const auto before = files();
    EXPECT_EQ(Ledger::open_to_read(directory.path())->lane("file").value()->settled, 3u);
    EXPECT_EQ(files(), before);
}

TEST_F(LedgerTest, ACopyHoldsEverythingAndChecksWell) {
    const DeadLetter letters[] = {letter("file", 5)};
    ASSERT_TRUE(ledger->bury(letters, Settled{"file", 5}));
    const test::TemporaryDirectory elsewhere;
    ASSERT_TRUE(ledger->copy_to(elsewhere.path() / "ledger.db"));
    const auto copy = Ledger::open_to_read(elsewhere.path());
    EXPECT_EQ(copy->lane("file").value()->settled, 5u);
    EXPECT_EQ(copy->dead_letters({}).value().size(), 1u);
    EXPECT_TRUE(copy->check().value().empty());
}

} // namespace
} // namespace webhookd::journal
