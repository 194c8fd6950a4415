#include "support/delivery_fixture.hpp"

namespace webhookd::delivery {
namespace {

using namespace std::chrono_literals;
using sink::Away;
using sink::Outcome;
using sink::Outcomes;
using test::Script;

class RedeliveryTest : public test::DeliveryFixture {
protected:
    /// A sink that has everything that is stored.
    void start_current(std::size_t events) {
        start_with(script);
        store(events);
        ASSERT_TRUE(script->wait_for(events));
        ASSERT_TRUE(eventually([&] { return status().settled == events; }));
    }
    Sequences delivered_again(std::size_t had) {
        const auto all = script->sequences();
        return {all.begin() + static_cast<std::ptrdiff_t>(had), all.end()};
    }
    Redelivery finish(std::uint64_t number) {
        Redelivery found;
        EXPECT_TRUE(eventually([&] {
            for (auto& each : delivery->redeliveries())
                if (each.number == number) found = each;
            return found.is_over;
        }));
        return found;
    }
    /// A destination that rejects every tenth event until `mended`.
    void reject_every_tenth() {
        script->answer = [this](auto batch) {
            Outcomes outcomes;
            for (const auto& event : batch)
                outcomes.push_back(is_mended || event.body.back() != '9' ? Outcome::delivered()
                                                                         : Outcome::reject("answered 400"));
            return Script::Answer(outcomes);
        };
    }

    std::atomic<bool> is_mended = false;
};

TEST_F(RedeliveryTest, ReplaysWhatWasReceivedInASpanOfTime) {
    start_current(10);
    std::this_thread::sleep_for(2ms);
    const auto from = now();
    store(10);
    ASSERT_TRUE(script->wait_for(20));
    std::this_thread::sleep_for(2ms);
    const auto to = now();
    store(10);
    ASSERT_TRUE(script->wait_for(30));
    const Replay replay{.since = from, .until = to};
    EXPECT_EQ(delivery->count("one", replay).value(), 10u);
    const auto job = finish(delivery->replay("one", replay).value());
    EXPECT_EQ(job.delivered, 10u);
    EXPECT_EQ(delivered_again(30), range(11, 20));
    EXPECT_TRUE(script->redeliveries.back());
    EXPECT_FALSE(script->redeliveries.front());
}

TEST_F(RedeliveryTest, FindsTheBeginningOfASpanAmongMany) {
    start_current(3000);
    const auto since = journal->received(1777);
    finish(delivery->replay("one", {.since = since}).value());
    ASSERT_FALSE(delivered_again(3000).empty());
    const auto first = delivered_again(3000).front();
    EXPECT_GE(journal->received(first), since);
    EXPECT_LT(journal->received(first - 1), since);
    EXPECT_EQ(script->sequences().back(), 3000u);
}

TEST_F(RedeliveryTest, ReplaysOnlyWhatTheFiltersLetThrough) {
    sinks = {sink("one", script)};
    sinks[0].match.flag = {"a", "b"};
    start();
    for (const auto* flag : {"a", "b", "c"}) store(5, flag);
    ASSERT_TRUE(script->wait_for(10));
    finish(delivery->replay("one", {.match = {.flag = {"b", "c"}}}).value());
    EXPECT_EQ(delivered_again(10), range(6, 10));
}

TEST_F(RedeliveryTest, ReplaysNamedEventsWhateverTheFiltersSay) {
    sinks = {sink("one", script)};
    sinks[0].match.flag = {"a"};
    start();
    store(3, "a");
    store(3, "c");
    ASSERT_TRUE(script->wait_for(3));
    const auto job = finish(delivery->replay("one", {.sequences = {5, 2, 999}}).value());
    EXPECT_EQ(delivered_again(3), (Sequences{2, 5}));
    EXPECT_EQ(job.delivered, 2u);
}

TEST_F(RedeliveryTest, AReplayMovesNoPlace) {
    start_current(10);
    finish(delivery->replay("one", {}).value());
    EXPECT_EQ(status().settled, 10u);
    restart();
    store(1);
    ASSERT_TRUE(script->wait_for(21));
    EXPECT_EQ(script->sequences().back(), 11u);
}

TEST_F(RedeliveryTest, AReplayRunsBesideTheLanesOwnEvents) {
    start_current(1000);
    script->takes = 1ms;
    const auto number = delivery->replay("one", {}).value();
    for (int i = 0; i < 20; ++i) {
        store(1);
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_TRUE(eventually([&] { return status().settled == 1020; }));
    finish(number);
    EXPECT_EQ(script->sequences().size(), 2020u);
}

TEST_F(RedeliveryTest, AReplayWaitsForADestinationThatIsAway) {
    std::atomic<bool> is_down = false;
    script->answer = [&](auto batch) {
        if (is_down) return Script::Answer(Away{"down", {}});
        return Script::Answer(Outcomes(batch.size()));
    };
    start_current(10);
    is_down = true;
    const auto number = delivery->replay("one", {}).value();
    EXPECT_TRUE(eventually([&] { return status().failures > 3; }));
    EXPECT_FALSE(delivery->redeliveries().front().is_over);
    is_down = false;
    EXPECT_EQ(finish(number).delivered, 10u);
}

TEST_F(RedeliveryTest, AReplayEndsWithTheLane) {
    script->answer = [](auto) { return Script::Answer(Away{"down", {}}); };
    start_with(script);
    store(10);
    const auto number = delivery->replay("one", {}).value();
    delivery->apply({});
    EXPECT_EQ(finish(number).why, "the sink was stopped");
    EXPECT_FALSE(delivery->replay("one", {}));
}

TEST_F(RedeliveryTest, RetriesDeadLettersOnceTheCauseIsGone) {
    reject_every_tenth();
    start_with(script);
    store(100);
    ASSERT_TRUE(eventually([&] { return status().settled == 100; }));
    ASSERT_EQ(dead_letters().size(), 10u);
    is_mended = true;
    const auto job = finish(delivery->retry("one", {}).value());
    EXPECT_TRUE(job.is_retry);
    EXPECT_EQ(job.delivered, 10u);
    EXPECT_TRUE(dead_letters().empty());
    EXPECT_EQ(script->sequences().size(), 100u);
    EXPECT_EQ(script->flag_order("a").back(), "99");
}

TEST_F(RedeliveryTest, DeadLettersThatAreRefusedAgainStayAndAreTriedOnlyOnce) {
    reject_every_tenth();
    start_with(script);
    store(100);
    ASSERT_TRUE(eventually([&] { return status().settled == 100; }));
    const auto job = finish(delivery->retry("one", {}).value());
    EXPECT_EQ(job.delivered, 0u);
    EXPECT_EQ(job.failed, 10u);
    EXPECT_EQ(job.why, "answered 400");
    const auto letters = dead_letters();
    ASSERT_EQ(letters.size(), 10u);
    EXPECT_EQ(letters[0].sequence, 10u);
    EXPECT_EQ(letters[0].attempts, 2u);
    EXPECT_EQ(letters[0].body, "9");
}

TEST_F(RedeliveryTest, RetriesNamedDeadLettersOnly) {
    reject_every_tenth();
    start_with(script);
    store(100);
    ASSERT_TRUE(eventually([&] { return status().settled == 100; }));
    const auto letters = dead_letters();
    is_mended = true;
    EXPECT_EQ(finish(delivery->retry("one", {.numbers = {letters[3].number, 999'999}}).value()).delivered, 1u);
    EXPECT_EQ(dead_letters().size(), 9u);
}

TEST_F(RedeliveryTest, WithoutADaemonOnlyTheJobsAreDelivered) {
    reject_every_tenth();
    start_with(script);
    store(20);
    ASSERT_TRUE(eventually([&] { return status().settled == 20; }));
    ASSERT_TRUE(delivery->stop(1s));
    store(20);
    is_mended = true;
    start(Delivery::Mode::redeliver_only);
    finish(delivery->retry("one", {}).value());
    finish(delivery->replay("one", {.sequences = {1}}).value());
    ASSERT_TRUE(delivery->stop(1s));
    EXPECT_EQ(script->sequences().size(), 18u + 2u + 1u);
    EXPECT_EQ(journal->ledger().lane("one").value()->settled, 20u);
}

} // namespace
} // namespace webhookd::delivery
