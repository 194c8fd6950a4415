#include "ingest/append.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <deque>

namespace webhookd::ingest {
namespace {

using testing::ElementsAre;

/// Keeps what it is handed until it is told to complete it.
class HoldingJournal final : public journal::Journal {
public:
    void append(journal::Append& first) noexcept override {
        handed_over.push_back(0);
        for (auto* append = &first; append != nullptr; append = append->next) {
            held_.push_back(append);
            ++handed_over.back();
        }
    }
    void complete(std::size_t how_many) {
        for (; how_many > 0; --how_many) {
            auto* const append = held_.front();
            held_.pop_front();
            append->complete(*append);
        }
    }
    std::vector<std::size_t> handed_over; // how many at a time

    std::uint64_t committed() const noexcept override { return 0; }
    std::shared_ptr<void> on_commit(std::function<void()>) override { std::abort(); }
    bool can_store() const noexcept override { return true; }
    std::unique_ptr<journal::Reader> reader() override { std::abort(); }
    void set_retention_floor(std::uint64_t) noexcept override { std::abort(); }
    bool apply_retention(Time) override { std::abort(); }
    Result<journal::Erased> erase(const journal::Erasure&) override { std::abort(); }
    journal::Ledger& ledger() override { std::abort(); }
    journal::Store& store() override { std::abort(); }

private:
    std::deque<journal::Append*> held_;
};

class AppendCollectorTest : public testing::Test {
protected:
    /// Adds one as soon as the context gets to it, as a connection does whose request is there.
    void arrive() {
        asio::post(context, [this] {
            auto& append = appends.emplace_back();
            append.complete = [](journal::Append& one) noexcept { static_cast<Counted&>(one).is_complete = true; };
            collector.add(journal, append);
        });
    }
    void arrive(std::size_t how_many) {
        for (; how_many > 0; --how_many) arrive();
    }
    /// What was handed over is complete, and its connections hear of it.
    void come_back(std::size_t how_many) {
        journal.complete(how_many);
        for (; how_many > 0; --how_many) collector.came_back();
    }
    void run() {
        context.restart();
        context.run();
    }

    struct Counted : journal::Append {
        bool is_complete = false;
    };
    asio::io_context context;
    HoldingJournal journal;
    AppendCollector& collector = asio::use_service<AppendCollector>(context);
    std::deque<Counted> appends;
};

TEST_F(AppendCollectorTest, OneThatIsAloneIsHandedOverWithoutWaiting) {
    arrive();
    run();
    EXPECT_THAT(journal.handed_over, ElementsAre(1));
}

TEST_F(AppendCollectorTest, WhatIsReadyTogetherIsHandedOverTogether) {
    arrive(5);
    run();
    EXPECT_THAT(journal.handed_over, ElementsAre(5));
}

TEST_F(AppendCollectorTest, AsLongAsEachLookBringsMoreItGoesOnLooking) {
    arrive();
    asio::post(context, [this] {
        arrive();
        asio::post(context, [this] { arrive(); });
    });
    run();
    EXPECT_THAT(journal.handed_over, ElementsAre(3));
}

TEST_F(AppendCollectorTest, WhileSomeAreInTheJournalOthersAreCollected) {
    arrive(2);
    run();
    arrive(3);
    run();
    EXPECT_THAT(journal.handed_over, ElementsAre(2)) << "the journal would let them wait as well";
    come_back(1);
    run();
    EXPECT_THAT(journal.handed_over, ElementsAre(2)) << "one of the two is still there";
    come_back(1);
    arrive(); // its connection sends the next at once
    run();
    EXPECT_THAT(journal.handed_over, ElementsAre(2, 4));
}

TEST_F(AppendCollectorTest, NoMoreThanSoManyWaitForOthersToComeBack) {
    arrive();
    run();
    arrive(300);
    run();
    EXPECT_THAT(journal.handed_over, ElementsAre(1, 128, 128));
    come_back(1 + 128 + 128);
    run();
    EXPECT_THAT(journal.handed_over, ElementsAre(1, 128, 128, 44));
}

} // namespace
} // namespace webhookd::ingest
