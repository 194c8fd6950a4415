#include "journal/duplicates.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace webhookd::journal {
namespace {

using namespace std::chrono_literals;

constexpr Time noon{std::chrono::microseconds{1'795'000'000'000'000}};

EventId id_of(std::uint64_t number) {
    return content_id(std::to_string(number));
}

TEST(DuplicateWindow, KnowsWhatCameInOnTheSameEndpoint) {
    DuplicateWindow window(24h);
    EXPECT_FALSE(window.find("environment", id_of(1)));
    window.add("environment", id_of(1), {17, noon});
    const auto first = window.find("environment", id_of(1));
    ASSERT_TRUE(first);
    EXPECT_EQ(first->sequence, 17u);
    EXPECT_EQ(first->received, noon);
    EXPECT_FALSE(window.find("organisation", id_of(1)));
    EXPECT_FALSE(window.find("environment", id_of(2)));
}

TEST(DuplicateWindow, ForgetsWhatIsTooOldAndTheOldestBeyondItsBound) {
    DuplicateWindow window(1h, 3);
    window.add("e", id_of(1), {1, noon});
    window.add("e", id_of(2), {2, noon + 61min});
    EXPECT_FALSE(window.find("e", id_of(1)));
    for (std::uint64_t i = 3; i <= 5; ++i) window.add("e", id_of(i), {i, noon + 61min});
    EXPECT_EQ(window.size(), 3u);
    EXPECT_FALSE(window.find("e", id_of(2)));
    EXPECT_TRUE(window.find("e", id_of(3)));
}

TEST(DuplicateWindow, ANewOneTakesTheOldOnesPlaceAndOutlivesIt) {
    DuplicateWindow window(1h);
    window.add("e", id_of(1), {1, noon});
    window.add("e", id_of(1), {2, noon + 50min});
    EXPECT_EQ(window.find("e", id_of(1))->sequence, 2u);
    window.add("e", id_of(9), {3, noon + 61min}); // the first addition leaves
    ASSERT_TRUE(window.find("e", id_of(1)));
    EXPECT_EQ(window.find("e", id_of(1))->sequence, 2u);
}

TEST(DuplicateWindow, WhatWasTakenBackIsNotKnown) {
    DuplicateWindow window(1h);
    for (std::uint64_t i = 1; i <= 3; ++i) window.add("e", id_of(i), {i, noon});
    window.remove_newest(2);
    EXPECT_TRUE(window.find("e", id_of(1)));
    EXPECT_FALSE(window.find("e", id_of(2)));
    EXPECT_FALSE(window.find("e", id_of(3)));
    window.remove_if([](const EventId& id) { return id == id_of(1); });
    EXPECT_FALSE(window.find("e", id_of(1)));
    EXPECT_EQ(window.size(), 0u);
}

TEST(DuplicateWindow, AgreesWithAMapThroughManyAdditionsAndRemovals) {
    std::mt19937 random(7);
    constexpr std::size_t bound = 500;
    DuplicateWindow window(24h, bound);
    std::map<std::uint64_t, std::uint64_t> sequence_of; // of each number still in the window
    std::vector<std::uint64_t> order;
    for (std::uint64_t sequence = 1; sequence < 20'000; ++sequence) {
        const std::uint64_t number = random() % 4000;
        if (sequence_of.contains(number)) {
            ASSERT_EQ(window.find("e", id_of(number)).value().sequence, sequence_of[number]);
            continue;
        }
        ASSERT_FALSE(window.find("e", id_of(number))) << number;
        window.add("e", id_of(number), {sequence, noon});
        sequence_of[number] = sequence;
        order.push_back(number);
        if (order.size() > bound) {
            sequence_of.erase(order.front());
            order.erase(order.begin());
        }
        if (random() % 10 == 0) {
            window.remove_newest(1);
            sequence_of.erase(order.back());
            order.pop_back();
        }
        ASSERT_EQ(window.size(), order.size());
    }
}

} // namespace
} // namespace webhookd::journal
