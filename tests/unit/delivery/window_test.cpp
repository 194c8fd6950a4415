#include "webhookd/delivery/window.hpp"

namespace webhookd::delivery {
namespace {

using namespace std::chrono_literals;
using sink::Outcome;
using Order = Window::Order;

constexpr double chance = 0.5; // waits are half of the longest

/// A lane without IO: events are named by their sequence, time passes when the test says so.
class WindowTest : public ::testing::Test {
protected:
    void use(Window::Shape shape, std::uint32_t attempts = 3) {
        window.emplace(shape, RetryPlan({.first = 2s, .max = 60s, .attempts = attempts}));
    }
    void SetUp() override { use({.batch_events = 1}); }

    void read(std::string_view flag = "a") {
        AttributeWriter attributes;
        attributes.add(Attribute::flag, flag);
        window->admit({.sequence = ++last, .attributes = attributes.view(), .body = body}, true, now);
    }
    void read_many(std::initializer_list<std::string_view> flags) {
        for (const auto flag : flags) read(flag);
    }
    void read_and_pass() { window->read_to(++last); }

    /// The sequences of the next batch.
    std::vector<std::uint64_t> take() {
        window->take(batch, now, false);
        return sequences(batch);
    }
    static std::vector<std::uint64_t> sequences(const Window::Batch& taken) {
        std::vector<std::uint64_t> all;
        for (const auto& event : taken.events) all.push_back(event.sequence);
        return all;
    }
    Window::Conclusion conclude(sink::Outcomes outcomes) { return window->conclude(batch, outcomes, now, chance); }
    /// Takes one batch, checks which it is, and fails it.
    Window::Conclusion refuse(std::uint64_t expected) {
        EXPECT_EQ(take(), Sequences{expected});
        return conclude({Outcome::retry("busy")});
    }
    void deliver(std::uint64_t expected) {
        EXPECT_EQ(take(), Sequences{expected});
        EXPECT_EQ(conclude({Outcome::delivered()}).delivered, 1u);
    }
    void wait_until_due() {
        ASSERT_TRUE(window->next_due());
        now = std::max(now, *window->next_due());
    }

    using Sequences = std::vector<std::uint64_t>;
    std::optional<Window> window;
    Window::Batch batch;
    std::string body = "{}";
    std::uint64_t last = 0;
    SteadyTime now{1h};
};

TEST_F(WindowTest, IsSettledAsFarAsItWasReadWhenNothingIsWaiting) {
    EXPECT_EQ(window->settled(), 0u);
    read_and_pass();
    read_and_pass();
    EXPECT_EQ(window->settled(), 2u);
}

TEST_F(WindowTest, IsSettledUpToTheOldestUndelivered) {
    read_and_pass();
    read();
    read_and_pass();
    EXPECT_EQ(window->settled(), 1u);
    deliver(2);
    EXPECT_EQ(window->settled(), 3u);
}

TEST_F(WindowTest, GivesEventsInOrderAndInBatches) {
    use({.batch_events = 3});
    read_many({"a", "b", "a", "c"});
    EXPECT_EQ(take(), (Sequences{1, 2, 3}));
    conclude({Outcome::delivered(), Outcome::delivered(), Outcome::delivered()});
    deliver(4);
    EXPECT_TRUE(window->is_empty());
}

TEST_F(WindowTest, BoundsBatchesByBytesButLetsALargeEventPassAlone) {
    use({.batch_events = 100, .batch_bytes = 1000});
    body.assign(5000, 'x');
    read();
    body.assign(400, 'x');
    read_many({"a", "a", "a", "a"});
    EXPECT_EQ(take(), Sequences{1});
    conclude({Outcome::delivered()});
    EXPECT_EQ(take(), (Sequences{2, 3, 4}));
}

TEST_F(WindowTest, HasRoomUpToItsBounds) {
    use({.most_events = 2, .most_bytes = 1000});
    EXPECT_TRUE(window->has_room());
    body.assign(2000, 'x');
    read();
    EXPECT_FALSE(window->has_room());
}

TEST_F(WindowTest, TriesAFailedEventAgainBeforeAnyOther) {
    read_many({"a", "b"});
    EXPECT_EQ(refuse(1).failed, 1u);
    EXPECT_TRUE(take().empty());
    EXPECT_EQ(window->next_due(), now + 1s);
    wait_until_due();
    deliver(1);
    deliver(2);
}

TEST_F(WindowTest, WaitsLongerAfterEachFailure) {
    read();
    for (const auto wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
        refuse(1);
        EXPECT_EQ(*window->next_due() - now, wait);
        wait_until_due();
    }
}

TEST_F(WindowTest, HonoursWhatTheDestinationAsksFor) {
    read();
    take();
    conclude({Outcome::retry("busy", 20s)});
    EXPECT_EQ(window->next_due(), now + 20s);
}

TEST_F(WindowTest, KeepsWhatWasNotTriedWithoutCharge) {
    use({.batch_events = 3}, 1);
    read_many({"a", "b", "c"});
    take();
    const auto conclusion = conclude({Outcome::delivered()});
    EXPECT_EQ(conclusion.delivered, 1u);
    EXPECT_TRUE(conclusion.deaths.empty());
    EXPECT_EQ(take(), (Sequences{2, 3}));
}

TEST_F(WindowTest, ADestinationThatIsAwayChargesNobody) {
    use({.batch_events = 2}, 1);
    read_many({"a", "b"});
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(take(), (Sequences{1, 2}));
        window->give_back(batch);
    }
    EXPECT_EQ(window->settled(), 0u);
}

TEST_F(WindowTest, ARejectedEventDiesAtOnceAndIsSettledOnceBuried) {
    read_many({"a", "b"});
    take();
    const auto conclusion = conclude({Outcome::reject("malformed")});
    ASSERT_EQ(conclusion.deaths.size(), 1u);
    EXPECT_EQ(conclusion.deaths[0].position->event.sequence, 1u);
    EXPECT_EQ(conclusion.deaths[0].why, "malformed");
    EXPECT_EQ(window->settled(), 0u);
    window->bury(conclusion.deaths[0].position);
    EXPECT_EQ(window->settled(), 1u);
    deliver(2);
}

TEST_F(WindowTest, TriesTheNextEventOnceTheAttemptsAreUsedUpAndGivesUpTheOneThatIsAlone) {
    read_many({"a", "b"});
    for (int i = 0; i < 3; ++i) {
        if (i != 0) wait_until_due();
        EXPECT_TRUE(refuse(1).deaths.empty());
    }
    EXPECT_EQ(take(), Sequences{2}); // right behind it
    const auto conclusion = conclude({Outcome::delivered()});
    EXPECT_EQ(conclusion.delivered, 1u);
    ASSERT_EQ(conclusion.deaths.size(), 1u);
    EXPECT_EQ(conclusion.deaths[0].position->event.sequence, 1u);
    EXPECT_EQ(conclusion.deaths[0].position->attempts, 3u);
    EXPECT_EQ(conclusion.deaths[0].why, "busy");
}

TEST_F(WindowTest, GivesUpNothingWhereEverythingIsRefused) {
    read_many({"a", "b", "c"});
    for (int i = 0; i < 200; ++i) {
        wait_until_due();
        ASSERT_FALSE(take().empty());
        ASSERT_TRUE(conclude({Outcome::retry("broken")}).deaths.empty());
    }
    wait_until_due();
    while (take() != Sequences{1}) { // a round of probes may be under way
        conclude({Outcome::retry("broken")});
        wait_until_due();
    }
    conclude({Outcome::delivered()});
    deliver(2);
    deliver(3);
}

TEST_F(WindowTest, GivesUpSeveralThatAreRefusedInARow) {
    use({.batch_events = 1}, 2);
    read_many({"bad", "bad", "good"});
    std::vector<std::uint64_t> dead;
    Sequences delivered;
    for (int i = 0; i < 50 && delivered.empty(); ++i) {
        wait_until_due();
        const auto taken = take();
        ASSERT_EQ(taken.size(), 1u);
        const auto conclusion = conclude({taken[0] == 3 ? Outcome::delivered() : Outcome::retry("cannot digest")});
        if (taken[0] == 3) delivered = taken;
        for (const auto& death : conclusion.deaths) dead.push_back(death.position->event.sequence);
    }
    EXPECT_EQ(delivered, Sequences{3});
    EXPECT_EQ(dead, (Sequences{1, 2}));
}

TEST_F(WindowTest, AsksForMoreEventsWhenThereIsNoneToCompareWith) {
    use({.batch_events = 1}, 1);
    read();
    refuse(1);
    EXPECT_TRUE(window->wants_probe());
    read();
    EXPECT_FALSE(window->wants_probe());
    wait_until_due();
    refuse(1);
    deliver(2);
}

TEST_F(WindowTest, AProbeThatFailsIsTriedAgainBehindTheSuspect) {
    use({.batch_events = 1}, 2);
    read_many({"a", "b"});
    refuse(1);
    wait_until_due();
    refuse(1);
    refuse(2); // the probe: not used up yet
    EXPECT_TRUE(take().empty());
    wait_until_due();
    deliver(1);
    deliver(2);
}

TEST_F(WindowTest, AProbeIsNotChargedWhenTheDestinationIsAway) {
    use({.batch_events = 1}, 1);
    read_many({"a", "b"});
    refuse(1);
    EXPECT_EQ(take(), Sequences{2});
    window->give_back(batch);
    deliver(1);
    deliver(2);
}

TEST_F(WindowTest, ABatchThatFailsAsAWholeIsMadeSmallerAndChargesNobody) {
    use({.batch_events = 4}, 1);
    read_many({"a", "b", "c", "d"});
    const auto fails = [](std::size_t n) { return sink::Outcomes(n, Outcome::retry("one of them is bad")); };
    EXPECT_EQ(take(), (Sequences{1, 2, 3, 4}));
    EXPECT_TRUE(conclude(fails(4)).deaths.empty());
    EXPECT_TRUE(take().empty());
    wait_until_due();
    EXPECT_EQ(take(), (Sequences{1, 2}));
    conclude(fails(2));
    wait_until_due();
    refuse(1); // alone: charged, used up
    EXPECT_EQ(take(), Sequences{2});
    EXPECT_EQ(conclude({Outcome::delivered()}).deaths.size(), 1u);
    EXPECT_EQ(take(), (Sequences{3, 4})); // and they grow again
}

TEST_F(WindowTest, HoldsABatchBackUntilItIsFullOrItsTimeIsOver) {
    use({.batch_events = 3, .batch_delay = 5s});
    read();
    now += 1s;
    read();
    EXPECT_TRUE(take().empty());
    EXPECT_EQ(window->next_due(), now + 4s);
    read();
    EXPECT_EQ(take(), (Sequences{1, 2, 3}));
    conclude({Outcome::delivered(), Outcome::delivered(), Outcome::delivered()});
    read();
    EXPECT_TRUE(take().empty());
    wait_until_due();
    EXPECT_EQ(take(), Sequences{4});
}

TEST_F(WindowTest, FlushesAnUnfinishedBatch) {
    use({.batch_events = 3, .batch_delay = 5s});
    read();
    EXPECT_TRUE(window->take(batch, now, true));
}

TEST_F(WindowTest, KeepsTheOrderOfEachFlagWhereFlagsMayOvertake) {
    use({.order = Order::per_flag, .batch_events = 1});
    read_many({"a", "a", "b"});
    Window::Batch first, second, third;
    ASSERT_TRUE(window->take(first, now, false));
    ASSERT_TRUE(window->take(second, now, false));
    EXPECT_EQ(sequences(first), Sequences{1});
    EXPECT_EQ(sequences(second), Sequences{3});
    EXPECT_FALSE(window->take(third, now, false)); // the second of flag a waits for the first
    window->conclude(second, {Outcome::delivered()}, now, chance);
    EXPECT_EQ(window->settled(), 0u);
    window->conclude(first, {Outcome::delivered()}, now, chance);
    EXPECT_EQ(window->settled(), 1u);
    deliver(2);
    EXPECT_EQ(window->settled(), 3u);
}

TEST_F(WindowTest, AFlagThatFailsDoesNotHoldUpTheOthers) {
    use({.order = Order::per_flag, .batch_events = 1});
    read_many({"bad", "a", "bad", "b", "c"});
    refuse(1);
    deliver(2);
    deliver(4);
    deliver(5);
    EXPECT_TRUE(take().empty());
    wait_until_due();
    deliver(1);
    deliver(3);
}

TEST_F(WindowTest, AFlagThatFailsAloneIsGivenUpAfterItsAttempts) {
    use({.order = Order::per_flag, .batch_events = 1}, 3);
    read("bad");
    for (int attempt = 1; attempt <= 3; ++attempt) {
        read("good");
        while (true) {
            if (!window->take(batch, now, false)) {
                wait_until_due();
                continue;
            }
            if (batch.events[0].sequence == 1) break;
            conclude({Outcome::delivered()});
        }
        const auto conclusion = conclude({Outcome::retry("cannot digest")});
        EXPECT_EQ(conclusion.deaths.size(), attempt == 3 ? 1u : 0u);
    }
}

TEST_F(WindowTest, NoFlagIsGivenUpWhileAllFail) {
    use({.order = Order::per_flag, .batch_events = 1}, 2);
    read_many({"a", "b", "c", "d", "e", "f"});
    for (int i = 0; i < 200; ++i) {
        wait_until_due();
        ASSERT_FALSE(take().empty());
        ASSERT_TRUE(conclude({Outcome::retry("broken")}).deaths.empty());
    }
}

TEST_F(WindowTest, WhileAllFlagsFailOneIsTriedAtATime) {
    use({.order = Order::per_flag, .batch_events = 1});
    read_many({"a", "b", "c", "d", "e", "f"});
    for (std::uint64_t i = 1; i <= 4; ++i) refuse(i);
    EXPECT_TRUE(take().empty());
    now += 24h;
    EXPECT_FALSE(take().empty());
    Window::Batch second;
    EXPECT_FALSE(window->take(second, now, false));
    conclude({Outcome::delivered()});
    EXPECT_TRUE(window->take(second, now, false));
    EXPECT_FALSE(take().empty());
}

TEST_F(WindowTest, SkipsTheOldestThatIsNotUnderWay) {
    read_many({"a", "b"});
    take();
    EXPECT_FALSE(window->skip_oldest());
    window->give_back(batch);
    EXPECT_TRUE(window->skip_oldest());
    EXPECT_EQ(window->settled(), 1u);
    deliver(2);
    EXPECT_FALSE(window->skip_oldest());
}

TEST_F(WindowTest, SkipsThroughFlagsThatWait) {
    use({.order = Order::per_flag, .batch_events = 1});
    read_many({"a", "b", "c"});
    refuse(1);
    EXPECT_TRUE(window->skip_oldest());
    EXPECT_TRUE(window->skip_oldest());
    EXPECT_TRUE(window->skip_oldest());
    now += 1h;
    EXPECT_TRUE(take().empty());
    read("a");
    deliver(4);
}

TEST_F(WindowTest, OwnsTheBytesItCopied) {
    use({.batch_events = 1});
    std::string theirs = "first";
    window->admit({.sequence = 1, .body = theirs}, false, now);
    window->own();
    theirs = "XXXXX";
    take();
    EXPECT_EQ(batch.events[0].body, "first");
}

} // namespace
} // namespace webhookd::delivery
