#include "webhookd/runtime/mailbox.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace webhookd::runtime {
namespace {

struct Numbered : Letter {
    int number = 0;
    std::vector<int>* seen = nullptr;
};

std::unique_ptr<Numbered> letter(int number, std::vector<int>& seen) {
    auto letter = std::make_unique<Numbered>();
    letter->number = number;
    letter->seen = &seen;
    letter->open = [](Letter& opened) noexcept {
        auto& self = static_cast<Numbered&>(opened);
        self.seen->push_back(self.number);
    };
    return letter;
}

TEST(Mailbox, OpensLettersInTheOrderOfDelivery) {
    asio::io_context context;
    auto& mailbox = Mailbox::of(context);
    std::vector<int> seen;
    std::vector<std::unique_ptr<Numbered>> letters;
    for (int i = 0; i < 5; ++i) mailbox.deliver(*letters.emplace_back(letter(i, seen)));
    EXPECT_EQ(context.run(), 1u) << "five letters that wait together cost one wake-up";
    EXPECT_EQ(seen, (std::vector{0, 1, 2, 3, 4}));
}

TEST(Mailbox, BringsEveryLetterOfEveryThread) {
    asio::io_context context;
    auto guard = asio::make_work_guard(context);
    auto& mailbox = Mailbox::of(context);
    std::vector<int> seen;
    std::thread reader([&context] { context.run(); });
    std::vector<std::unique_ptr<Numbered>> letters;
    for (int i = 0; i < 4'000; ++i) letters.push_back(letter(i, seen));
    std::vector<std::thread> writers;
    for (std::size_t w = 0; w < 4; ++w)
        writers.emplace_back([&, w] {
            for (std::size_t i = 0; i < 1'000; ++i) mailbox.deliver(*letters[w * 1'000 + i]);
        });
    for (auto& writer : writers) writer.join();
    guard.reset();
    reader.join();
    EXPECT_EQ(seen.size(), 4'000u);
}

TEST(MailRound, WakesEachReaderOnceAtItsEnd) {
    asio::io_context first;
    asio::io_context second;
    std::vector<int> seen;
    std::vector<std::unique_ptr<Numbered>> letters;
    {
        const MailRound round;
        for (int i = 0; i < 6; ++i)
            Mailbox::of(i % 2 == 0 ? first : second).deliver(*letters.emplace_back(letter(i, seen)));
        EXPECT_EQ(first.poll() + second.poll(), 0u);
    }
    first.restart();
    second.restart();
    EXPECT_EQ(first.poll(), 1u);
    EXPECT_EQ(second.poll(), 1u);
    EXPECT_EQ(seen, (std::vector{0, 2, 4, 1, 3, 5}));
}

TEST(MailRound, BringsEveryLetterOfSeveralThreads) {
    asio::io_context context;
    auto guard = asio::make_work_guard(context);
    auto& mailbox = Mailbox::of(context);
    std::vector<int> seen;
    std::thread reader([&context] { context.run(); });
    std::vector<std::unique_ptr<Numbered>> letters;
    for (int i = 0; i < 4'000; ++i) letters.push_back(letter(i, seen));
    std::vector<std::thread> writers;
    for (std::size_t w = 0; w < 4; ++w)
        writers.emplace_back([&, w] {
            for (std::size_t i = 0; i < 1'000; i += 10) {
                const MailRound round;
                for (std::size_t k = 0; k < 10; ++k) mailbox.deliver(*letters[w * 1'000 + i + k]);
            }
        });
    for (auto& writer : writers) writer.join();
    guard.reset();
    reader.join();
    EXPECT_EQ(seen.size(), 4'000u);
}

} // namespace
} // namespace webhookd::runtime
