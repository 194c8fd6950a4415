#include "support/delivery_fixture.hpp"

#include <future>

namespace webhookd::delivery {
namespace {

using namespace std::chrono_literals;
using sink::Away;
using sink::Outcome;
using sink::Outcomes;
using test::Script;

class LaneTest : public test::DeliveryFixture {};

TEST_F(LaneTest, DeliversWhatWasStoredBeforeAndAfterItsStartInOrder) {
    store(100);
    start_with(script);
    store(100);
    ASSERT_TRUE(script->wait_for(200));
    EXPECT_EQ(script->sequences(), range(1, 200));
}

TEST_F(LaneTest, StartsWithinTwentyMillisecondsOfACommit) {
    start_with(script);
    store(1);
    ASSERT_TRUE(script->wait_for(1));
    auto quickest = Duration::max();
    for (std::size_t i = 2; i <= 11; ++i) { // a busy machine may delay some of them
        std::this_thread::sleep_for(30ms);  // idle
        const auto committed = std::chrono::steady_clock::now();
        store(1);
        ASSERT_TRUE(script->wait_for(i));
        const std::lock_guard lock(script->mutex);
        quickest = std::min(quickest, std::chrono::ceil<Duration>(script->arrivals.back() - committed));
    }
    EXPECT_LT(quickest, 20ms);
}

TEST_F(LaneTest, DeliversOnlyWhatMatches) {
    sinks = {sink("one", script)};
    sinks[0].match.flag = {"wanted"};
    start();
    for (int i = 0; i < 50; ++i) {
        journal->add("other");
        journal->add("wanted");
    }
    ASSERT_TRUE(script->wait_for(50));
    EXPECT_TRUE(eventually([&] { return status().settled == 100; }));
    EXPECT_EQ(script->flag_order("other").size(), 0u);
}

TEST_F(LaneTest, PassesOverManyEventsThatDoNotMatchQuickly) {
    AttributeWriter attributes;
    attributes.add(Attribute::type, "com.flagsmith.identity.evaluated");
    for (int i = 0; i < 300'000; ++i) journal->add_silently(attributes.bytes(), "{}");
    sinks = {sink("one", script)};
    sinks[0].match.type = {"flag.*"};
    const auto begin = std::chrono::steady_clock::now();
    start();
    journal->add("wanted");
    ASSERT_TRUE(script->wait_for(1));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_TRUE(eventually([&] { return status().settled == 300'001; }));
}

TEST_F(LaneTest, ANewSinkBeginsNowUnlessToldOtherwise) {
    store(10);
    sinks = {sink("one", script)};
    sinks[0].from = config::Sink::From::now;
    start();
    store(5);
    ASSERT_TRUE(script->wait_for(5));
    EXPECT_EQ(script->sequences(), range(11, 15));
}

TEST_F(LaneTest, GoesOnWhereItWasAfterARestart) {
    start_with(script);
    store(10);
    ASSERT_TRUE(script->wait_for(10));
    restart();
    store(10);
    ASSERT_TRUE(script->wait_for(20));
    EXPECT_EQ(script->sequences(), range(1, 20));
}

TEST_F(LaneTest, SavesItsPlaceWhileItRuns) {
    start_with(script);
    store(10);
    ASSERT_TRUE(script->wait_for(10));
    EXPECT_TRUE(eventually([&] { return journal->ledger().lane("one").value()->settled == 10; }));
    EXPECT_TRUE(eventually([&] { return journal->retention_floor() == 11; }));
}

TEST_F(LaneTest, ANewSinkHasItsPlaceFromTheBeginningOnEvenAfterACrash) {
    store(10);
    sinks = {sink("one", script)};
    sinks[0].from = config::Sink::From::now;
    start();
    EXPECT_EQ(journal->ledger().lane("one").value()->settled, 10u); // at once, not only when it moves
}

TEST_F(LaneTest, ADestinationThatIsAwayIsTriedUntilItIsBack) {
    std::atomic<int> calls = 0;
    script->answer = [&](auto batch) -> Script::Answer {
        if (++calls <= 30) return Away{"connection refused", {}};
        return Outcomes(batch.size());
    };
    start_with(script);
    store(10);
    EXPECT_TRUE(eventually([&] { return status().state == LaneStatus::State::failing; }));
    EXPECT_EQ(status().last_error, "connection refused");
    ASSERT_TRUE(script->wait_for(10));
    EXPECT_EQ(script->sequences(), range(1, 10));
    EXPECT_TRUE(eventually([&] { return status().state == LaneStatus::State::running; }));
    EXPECT_GE(script->opened, 30);
    EXPECT_TRUE(dead_letters().empty());
}

TEST_F(LaneTest, ASinkThatCannotOpenIsTriedUntilItCan) {
    std::atomic<int> calls = 0;
    script->open = [&]() -> Result<void, Away> {
        if (++calls <= 5) return Away{"no such file", {}};
        return {};
    };
    start_with(script);
    store(3);
    ASSERT_TRUE(script->wait_for(3));
    EXPECT_EQ(calls, 6);
}

TEST_F(LaneTest, WhatASinkThrowsMeansThatItIsAway) {
    std::atomic<int> calls = 0;
    script->answer = [&](auto batch) -> Script::Answer {
        if (++calls == 1) throw std::runtime_error("a bug");
        return Outcomes(batch.size());
    };
    start_with(script);
    store(3);
    ASSERT_TRUE(script->wait_for(3));
    EXPECT_EQ(status().last_error, "a bug");
}

TEST_F(LaneTest, KeepsTheOrderWhenOneOfABatchIsRefusedForAWhile) {
    std::atomic<int> calls = 0;
    script->answer = [&](auto batch) {
        Outcomes outcomes;
        for (const auto& event : batch) {
            if (event.sequence == 5 && ++calls <= 2) {
                outcomes.push_back(Outcome::retry("busy"));
                break;
            }
            outcomes.push_back(Outcome::delivered());
        }
        return Script::Answer(outcomes);
    };
    store(10);
    start_with(script);
    ASSERT_TRUE(script->wait_for(10));
    EXPECT_EQ(script->sequences(), range(1, 10));
    EXPECT_GE(status().failures, 2u);
}

TEST_F(LaneTest, RejectedEventsAreDeadLettersWithTheirBytesAndTheReason) {
    script->answer = [&](auto batch) {
        Outcomes outcomes;
        for (const auto& event : batch)
            outcomes.push_back(event.sequence % 10 == 0 ? Outcome::reject("answered 400") : Outcome::delivered());
        return Script::Answer(outcomes);
    };
    start_with(script);
    store(100);
    ASSERT_TRUE(script->wait_for(90));
    ASSERT_TRUE(eventually([&] { return status().settled == 100; }));
    const auto letters = dead_letters();
    ASSERT_EQ(letters.size(), 10u);
    EXPECT_EQ(letters[0].sequence, 10u);
    EXPECT_EQ(letters[0].why, "answered 400");
    EXPECT_EQ(letters[0].attempts, 1u);
    EXPECT_EQ(letters[0].body, "9");
    EXPECT_EQ(AttributeView(letters[0].attributes).get(Attribute::flag), "a");
    EXPECT_EQ(status().dead_letters, 10u);
}

TEST_F(LaneTest, AnEventThatAloneIsRefusedIsADeadLetterAfterItsAttempts) {
    script->capacity.batch_events = 1;
    script->answer = [&](auto batch) {
        return Script::Answer(Outcomes{batch[0].sequence == 2 ? Outcome::retry("answered 500") : Outcome::delivered()});
    };
    start_with(script);
    store(4);
    ASSERT_TRUE(script->wait_for(3));
    EXPECT_EQ(script->sequences(), (Sequences{1, 3, 4}));
    ASSERT_TRUE(eventually([&] { return dead_letters().size() == 1; }));
    EXPECT_EQ(dead_letters()[0].attempts, 3u);
}

TEST_F(LaneTest, AnEventIsComparedWithOneThatComesLater) {
    script->answer = [&](auto batch) {
        return Script::Answer(Outcomes{batch[0].sequence == 1 ? Outcome::retry("answered 500") : Outcome::delivered()});
    };
    start_with(script);
    store(1);
    EXPECT_TRUE(eventually([&] { return status().failures > 5; }));
    EXPECT_TRUE(dead_letters().empty());
    store(1);
    ASSERT_TRUE(script->wait_for(1));
    ASSERT_TRUE(eventually([&] { return dead_letters().size() == 1; }));
    EXPECT_EQ(dead_letters()[0].body, "0");
    EXPECT_TRUE(eventually([&] { return status().settled == 2; }));
}

TEST_F(LaneTest, ACallThatTakesTooLongIsCancelledAndTheDestinationIsAway) {
    script->capacity.timeout = 20ms;
    script->takes = 1h;
    start_with(script);
    store(1);
    EXPECT_TRUE(eventually([&] { return status().failures >= 3; }));
    EXPECT_EQ(status().last_error, "no answer within 20ms");
    EXPECT_EQ(script->most_under_way, 1); // the one before was over each time
    EXPECT_GE(script->opened, 3);
}

TEST_F(LaneTest, FlagsThatRunConcurrentlyKeepTheirOwnOrder) {
    script->capacity = {.batch_events = 1, .concurrency = 8};
    script->takes = 1ms;
    start_with(script);
    for (int i = 0; i < 50; ++i)
        for (const auto* flag : {"a", "b", "c", "d"}) journal->add(flag, std::to_string(i));
    ASSERT_TRUE(script->wait_for(200));
    std::vector<std::string> expected;
    for (int i = 0; i < 50; ++i) expected.push_back(std::to_string(i));
    for (const auto* flag : {"a", "b", "c", "d"}) EXPECT_EQ(script->flag_order(flag), expected) << flag;
    EXPECT_EQ(script->most_under_way, 4); // as many as there are flags
    EXPECT_TRUE(eventually([&] { return status().settled == 200; }));
}

TEST_F(LaneTest, AFlagThatFailsDoesNotHoldUpTheOthers) {
    script->capacity = {.batch_events = 1, .concurrency = 2};
    std::atomic<bool> broken = true;
    script->answer = [&](auto batch) {
        const bool is_bad = batch[0].attributes.get(Attribute::flag) == "bad";
        return Script::Answer(Outcomes{is_bad && broken ? Outcome::retry("no") : Outcome::delivered()});
    };
    sinks = {sink("one", script)};
    sinks[0].retry.attempts = 1'000'000;
    start();
    for (int i = 0; i < 100; ++i) {
        journal->add("bad", std::to_string(i));
        journal->add("good", std::to_string(i));
    }
    ASSERT_TRUE(script->wait_for(100));
    EXPECT_EQ(status().settled, 0u);
    broken = false;
    ASSERT_TRUE(script->wait_for(200));
    EXPECT_TRUE(eventually([&] { return status().settled == 200; }));
}

TEST_F(LaneTest, AFlagThatCommitsLaterIsNotHeldUpByASlowCall) {
    script->capacity = {.batch_events = 1, .concurrency = 2};
    script->takes = 1h;
    start_with(script);
    journal->add("slow");
    ASSERT_TRUE(eventually([&] { return script->under_way == 1; }));
    std::this_thread::sleep_for(20ms);
    journal->add("other");
    EXPECT_TRUE(eventually([&] { return script->under_way == 2; }));
}

TEST_F(LaneTest, CollectsABatchForAWhile) {
    script->capacity = {.batch_events = 100, .batch_delay = 100ms};
    std::atomic<int> calls = 0;
    script->answer = [&](auto batch) {
        ++calls;
        return Script::Answer(Outcomes(batch.size()));
    };
    start_with(script);
    for (int i = 0; i < 10; ++i) {
        store(1);
        std::this_thread::sleep_for(5ms);
    }
    ASSERT_TRUE(script->wait_for(10));
    EXPECT_LE(calls, 2);
}

TEST_F(LaneTest, ASinkThatIsDeadDoesNotDelayAnother) {
    auto dead = std::make_shared<Script>();
    dead->answer = [](auto) { return Script::Answer(Away{"down", {}}); };
    sinks = {sink("dead", dead), sink("one", script)};
    start();
    store(1000);
    ASSERT_TRUE(script->wait_for(1000));
    EXPECT_EQ(journal->ledger().lane("dead").value()->settled, 0u);
}

TEST_F(LaneTest, ASinkThatBlocksForEverHoldsUpNeitherOthersNorTheEnd) {
    static auto& kept = *new std::unique_ptr<test::MemoryJournal>(std::move(journal)); // the lost thread's for ever
    static auto& gate = *new std::promise<void>;
    auto blocked = std::make_shared<Script>();
    blocked->answer = [](auto batch) {
        gate.get_future().wait();
        return Script::Answer(Outcomes(batch.size()));
    };
    sinks = {sink("blocked", blocked), sink("one", script)};
    delivery.emplace(*kept, std::span(&test::scripted_sink, 1));
    delivery->apply(sinks);
    for (int i = 0; i < 10; ++i) kept->add("a");
    ASSERT_TRUE(script->wait_for(10));
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(delivery->stop(100ms));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
    EXPECT_EQ(kept->ledger().lane("one").value()->settled, 10u);
    EXPECT_EQ(kept->ledger().lane("blocked").value()->settled, 0u);
    gate.set_value(); // the thread comes back to a lane that nobody has any more
    std::this_thread::sleep_for(20ms);
}

TEST_F(LaneTest, StoppingCancelsACallThatWaits) {
    script->takes = 1h;
    start_with(script);
    store(1);
    ASSERT_TRUE(eventually([&] { return script->under_way == 1; }));
    EXPECT_TRUE(delivery->stop(10ms));
    EXPECT_EQ(script->under_way, 0);
    EXPECT_EQ(script->closed, 1);
    EXPECT_EQ(journal->ledger().lane("one").value()->settled, 0u);
}

TEST_F(LaneTest, StoppingHandsOnWhatIsAtHand) {
    start_with(script);
    for (int round = 0; round < 20; ++round) {
        store(50);
        restart();
        EXPECT_EQ(script->sequences().size(), 50u * static_cast<std::size_t>(round + 1));
    }
}

TEST_F(LaneTest, PausingSurvivesARestart) {
    start_with(script);
    store(3);
    ASSERT_TRUE(script->wait_for(3));
    ASSERT_TRUE(delivery->pause("one", true));
    ASSERT_TRUE(eventually([&] { return status().state == LaneStatus::State::paused; }));
    store(3);
    restart();
    EXPECT_EQ(status().state, LaneStatus::State::paused);
    EXPECT_FALSE(script->wait_for(4, 50ms));
    EXPECT_TRUE(eventually([&] { return status().oldest_undelivered.has_value(); }));
    EXPECT_EQ(status().backlog_events, 3u);
    ASSERT_TRUE(delivery->pause("one", false));
    ASSERT_TRUE(script->wait_for(6));
    EXPECT_EQ(script->sequences(), range(1, 6));
    EXPECT_FALSE(delivery->pause("nobody", true));
}

TEST_F(LaneTest, AReloadTouchesOnlyWhatChanged) {
    auto other = std::make_shared<Script>();
    sinks = {sink("one", script), sink("two", other)};
    start();
    store(5);
    ASSERT_TRUE(script->wait_for(5));
    ASSERT_TRUE(other->wait_for(5));
    sinks[1].match.flag = {"b"};
    delivery->apply(sinks);
    EXPECT_EQ(script->made, 1);
    EXPECT_EQ(other->made, 2);
    EXPECT_EQ(other->closed, 1);
    journal->add("a");
    journal->add("b");
    ASSERT_TRUE(script->wait_for(7));
    ASSERT_TRUE(other->wait_for(6));
    EXPECT_EQ(other->sequences(), (Sequences{1, 2, 3, 4, 5, 7}));
}

TEST_F(LaneTest, AReloadThatIsRefusedChangesNothing) {
    start_with(script);
    auto refused = sinks;
    refused.push_back(sink("two", script));
    refused[1].type = "unknown";
    EXPECT_THROW(delivery->apply(refused), std::runtime_error);
    store(3);
    ASSERT_TRUE(script->wait_for(3));
    EXPECT_EQ(delivery->lanes().size(), 1u);
}

TEST_F(LaneTest, ASinkThatIsRemovedKeepsItsPlaceAndItsEvents) {
    start_with(script);
    store(3);
    ASSERT_TRUE(script->wait_for(3));
    delivery->apply({});
    EXPECT_TRUE(delivery->lanes().empty());
    EXPECT_TRUE(journal->ledger().lane("one").value()->removed_since);
    store(3);
    EXPECT_EQ(journal->retention_floor(), 4u);
    delivery->look_after_removed(now() + 24h * 6);
    EXPECT_EQ(journal->retention_floor(), 4u);
    delivery->apply(sinks);
    ASSERT_TRUE(script->wait_for(6));
    EXPECT_EQ(script->sequences(), range(1, 6));
    EXPECT_FALSE(journal->ledger().lane("one").value()->removed_since);
}

TEST_F(LaneTest, ASinkThatIsRemovedIsForgottenAfterAWeek) {
    start_with(script);
    store(3);
    ASSERT_TRUE(script->wait_for(3));
    delivery->apply({});
    delivery->look_after_removed(now() + 24h * 8);
    EXPECT_FALSE(journal->ledger().lane("one").value());
    EXPECT_GT(journal->retention_floor(), 4u);
}

TEST_F(LaneTest, TheBacklogOfASinkThatIsAwayIsCounted) {
    std::atomic<bool> is_down = true;
    script->answer = [&](auto batch) {
        if (is_down) return Script::Answer(Away{"down", {}});
        return Script::Answer(Outcomes(batch.size()));
    };
    sinks = {sink("one", script)};
    sinks[0].match.flag = {"wanted"};
    start();
    for (int i = 0; i < 5000; ++i) {
        journal->add("wanted", "1234567890");
        journal->add("other", "1234567890");
    }
    EXPECT_TRUE(eventually([&] { return status().backlog_events == 5000; }));
    EXPECT_GT(status().backlog_bytes, 50'000u);
    is_down = false;
    ASSERT_TRUE(script->wait_for(5000));
    EXPECT_TRUE(eventually([&] { return status().backlog_events == 0 && status().backlog_bytes == 0; }));
}

TEST_F(LaneTest, GivesUpTheOldestWhenTheBacklogIsFull) {
    std::atomic<bool> is_down = true;
    script->answer = [&](auto batch) {
        if (is_down) return Script::Answer(Away{"down", {}});
        return Script::Answer(Outcomes(batch.size()));
    };
    sinks = {sink("one", script)};
    sinks[0].max_backlog = ByteSize{1u << 20};
    start();
    const std::string body(10'000, 'x');
    for (int i = 0; i < 1000; ++i) journal->add("a", body); // ten times what may wait
    // Everything was looked at and what is too much was given up: nothing changes any more while the destination is
    // down.
    EXPECT_TRUE(eventually([&] {
        const auto now = status();
        return now.backlog_bytes <= 1u << 20 && now.backlog_events * body.size() <= now.backlog_bytes;
    }));
    EXPECT_GE(status().skipped, 850u);
    EXPECT_FALSE(delivery->refuses());
    is_down = false;
    const auto kept = 1000 - status().skipped;
    EXPECT_GE(kept, 90u);
    ASSERT_TRUE(script->wait_for(kept));
    EXPECT_EQ(script->sequences(), range(1000 - kept + 1, 1000));
    EXPECT_TRUE(eventually([&] { return status().settled == 1000; }));
}

TEST_F(LaneTest, StopsIntakeWhenTheBacklogIsFullAndNothingMayBeSkipped) {
    std::atomic<bool> is_down = true;
    script->answer = [&](auto batch) {
        if (is_down) return Script::Answer(Away{"down", {}});
        return Script::Answer(Outcomes(batch.size()));
    };
    sinks = {sink("one", script)};
    sinks[0].max_backlog = ByteSize{1u << 20};
    sinks[0].when_full = config::Sink::WhenFull::refuse;
    start();
    EXPECT_FALSE(delivery->refuses());
    const std::string body(10'000, 'x');
    for (int i = 0; i < 200; ++i) journal->add("a", body);
    EXPECT_TRUE(eventually([&] { return delivery->refuses(); }));
    is_down = false;
    ASSERT_TRUE(script->wait_for(200));
    EXPECT_TRUE(eventually([&] { return !delivery->refuses(); }));
    EXPECT_EQ(status().skipped, 0u);
}

TEST_F(LaneTest, TheSameContentFromAnotherEndpointIsDeliveredOnce) {
    const auto add = [&](std::string_view endpoint, std::string_view body) {
        AttributeWriter attributes;
        attributes.add(Attribute::type, "com.flagsmith.flag.updated");
        attributes.add(Attribute::endpoint, endpoint);
        journal->use_id(content_id(body));
        journal->add_silently(attributes.bytes(), body);
        journal->wake();
    };
    sinks = {sink("one", script)};
    sinks[0].once = true;
    start();
    add("environment", "1");
    add("organisation", "1");
    add("organisation", "2");
    ASSERT_TRUE(script->wait_for(2));
    restart(); // and it remembers
    add("environment", "2");
    add("organisation", "2"); // the same endpoint again: another event
    add("organisation", "3");
    ASSERT_TRUE(script->wait_for(4));
    EXPECT_EQ(script->sequences(), (Sequences{1, 3, 5, 6}));
    EXPECT_TRUE(eventually([&] { return status().settled == 6; }));
}

TEST_F(LaneTest, HidesKeysUnlessToldOtherwise) {
    const std::string body = R"({"data": {"environment": {"api_key": "canary"}, "log": "x"}, "event_type": "x"})";
    auto open = std::make_shared<Script>(), raw = std::make_shared<Script>();
    sinks = {sink("open", open), sink("raw", raw), sink("usual", script)};
    sinks[0].redact.emplace();
    sinks[1].format = config::Sink::Format::raw;
    start();
    journal->add("a", body);
    for (const auto& one : {script, open, raw}) ASSERT_TRUE(one->wait_for(1));
    EXPECT_EQ(script->flag_order("a").front().find("canary"), std::string::npos);
    EXPECT_EQ(open->flag_order("a").front(), body);
    EXPECT_EQ(raw->flag_order("a").front(), body);
}

TEST_F(LaneTest, ASinkIsToldToReopenItsFiles) {
    start_with(script);
    store(1);
    ASSERT_TRUE(script->wait_for(1));
    delivery->reopen();
    EXPECT_TRUE(eventually([&] { return script->reopened == 1; }));
    store(1);
    EXPECT_TRUE(script->wait_for(2));
}

TEST_F(LaneTest, AStoreThatCannotBeReadIsTriedAgain) {
    journal->break_reading(true);
    start_with(script);
    store(3);
    EXPECT_TRUE(eventually([&] { return status().last_error == "reading the store: the disk is gone"; }));
    journal->break_reading(false);
    ASSERT_TRUE(script->wait_for(3));
}

TEST_F(LaneTest, APlaceBeyondTheEndOfTheStoreIsNotBelieved) {
    const journal::Settled beyond{"one", 1000};
    ASSERT_TRUE(journal->ledger().settle({&beyond, 1}));
    store(2);
    start_with(script);
    store(1);
    ASSERT_TRUE(script->wait_for(1));
    EXPECT_EQ(script->sequences(), Sequences{3});
}

} // namespace
} // namespace webhookd::delivery
