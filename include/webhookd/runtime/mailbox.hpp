#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <utility>

namespace webhookd::runtime {

namespace asio = boost::asio;

/// Something another thread hands to the thread of an io_context. Intrusive: delivering a letter allocates nothing.
struct Letter {
    void (*open)(Letter&) noexcept = nullptr; // called on the context's thread
    Letter* next = nullptr;                   // the mailbox's while the letter is under way
};

class Mailbox;

/// While it lives, letters from its thread are only laid into their mailboxes; whom they are for is woken at its end.
/// For a thread that delivers many: the first one's reader would interrupt it, or look before most are there.
class MailRound {
public:
    MailRound() noexcept : around_(std::exchange(current_, this)) {}
    ~MailRound();
    MailRound(const MailRound&) = delete;
    MailRound& operator=(const MailRound&) = delete;

private:
    friend class Mailbox;
    inline static thread_local MailRound* current_ = nullptr;
    MailRound* const around_;
    Mailbox* to_ring_ = nullptr;
};

/// Brings letters to one io_context. Any number that arrive before the context looks cost one post and one wake-up
/// together: a group commit completes dozens of requests at once.
class Mailbox : public asio::execution_context::service {
public:
    using key_type = Mailbox;
    inline static asio::execution_context::id id;

    explicit Mailbox(asio::execution_context& context)
        : service(context), context_(static_cast<asio::io_context&>(context)) {}

    static Mailbox& of(asio::io_context& context) { return asio::use_service<Mailbox>(context); }

    /// From any thread. The letter must stay alive until it was opened; letters are opened in the order of their
    /// delivery.
    void deliver(Letter& letter) noexcept {
        Letter* before = top_.load(std::memory_order_relaxed);
        do letter.next = before;
        while (!top_.compare_exchange_weak(before, &letter, std::memory_order_acq_rel, std::memory_order_relaxed));
        // From here on the letter may have been opened, and be gone.
        if (before != nullptr) return; // whoever delivered the first one rings
        if (auto* const round = MailRound::current_)
            next_to_ring_ = std::exchange(round->to_ring_, this);
        else
            ring();
    }

private:
    friend class MailRound;
    void ring() noexcept { asio::post(context_, Collect{this}); }

    struct Collect {
        Mailbox* mailbox;
        void operator()() const noexcept { mailbox->collect(); }
    };

    void collect() noexcept {
        Letter* newest = top_.exchange(nullptr, std::memory_order_acq_rel);
        Letter* oldest = nullptr;
        while (newest != nullptr) { // a stack, newest first: turn it round
            Letter* const next = newest->next;
            newest->next = oldest;
            oldest = newest;
            newest = next;
        }
        while (oldest != nullptr) {
            Letter* const letter = oldest;
            oldest = oldest->next; // the letter may be gone once it was opened
            letter->open(*letter);
        }
    }

    void shutdown() override {}

    asio::io_context& context_;
    std::atomic<Letter*> top_{nullptr};
    Mailbox* next_to_ring_ = nullptr; // of the round that has to ring here
};

inline MailRound::~MailRound() {
    current_ = around_;
    while (to_ring_ != nullptr) {
        auto* const mailbox = to_ring_;
        to_ring_ = mailbox->next_to_ring_; // before it is rung: then the next round may begin
        mailbox->ring();
    }
}

} // namespace webhookd::runtime
