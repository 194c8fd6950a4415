#pragma once

#include "webhookd/journal/journal.hpp"
#include "webhookd/runtime/continuation.hpp"
#include "webhookd/runtime/mailbox.hpp"
#include "webhookd/runtime/task.hpp"

#include <boost/asio/async_result.hpp>

namespace webhookd::ingest {

/// Collects the appends of one io_context and hands them to the journal together: few and large group commits, and few
/// changes of thread. While some are in the journal, more are collected (it would make them wait as well); else it
/// hands over as soon as looking at the sockets brings no further ones, when the thread has nothing to do but wait.
class AppendCollector final : public asio::execution_context::service {
public:
    using key_type = AppendCollector;
    inline static asio::execution_context::id id;

    explicit AppendCollector(asio::execution_context& context)
        : service(context), context_(static_cast<asio::io_context&>(context)) {}

    // On the context's thread.
    /// All appends of one context go to the same journal.
    void add(journal::Journal& journal, journal::Append& append) noexcept;
    /// One that was handed over is complete.
    void came_back() noexcept;

private:
    static constexpr std::size_t most_collected = 128; // these do not wait for others to come back

    struct Look {
        AppendCollector* collector;
        void operator()() const noexcept { collector->look(); }
    };
    void look_around() noexcept;
    void look_again() noexcept;
    void look() noexcept;
    void hand_over() noexcept;
    void shutdown() override {}

    asio::io_context& context_;
    journal::Journal* journal_ = nullptr;
    journal::Append* first_ = nullptr;
    journal::Append* last_ = nullptr;
    std::size_t collected_ = 0;
    std::size_t in_journal_ = 0;
    bool is_looking_ = false;
    std::size_t seen_ = 0; // of the collected ones, at the last look
};

/// An append that a coroutine waits for. Lives in the coroutine's frame: queued with the journal, completed on the
/// writer's thread, brought home by the mailbox of the coroutine's own context. Allocates nothing.
///
/// Cannot be cancelled: once queued, its memory and what it points to belong to the journal until it is complete.
class PendingAppend final : public journal::Append, private runtime::Letter {
public:
    explicit PendingAppend(asio::io_context& home)
        : mailbox_(runtime::Mailbox::of(home)), collector_(asio::use_service<AppendCollector>(home)) {}
    PendingAppend(const PendingAppend&) = delete;
    PendingAppend& operator=(const PendingAppend&) = delete;

    /// To be awaited; completes when the event is on stable storage, or will not be: see `status`.
    auto store(journal::Journal& journal) {
        return asio::async_initiate<decltype(use_task), void()>(Queue{this, &journal}, use_task);
    }

private:
    struct Queue { // the initiation: runs when the coroutine is suspended
        PendingAppend* self;
        journal::Journal* journal;
        void operator()(auto handler) const {
            self->resume_.set(std::move(handler));
            self->queue(*journal);
        }
    };
    void queue(journal::Journal& journal) noexcept;

    runtime::Mailbox& mailbox_;
    AppendCollector& collector_;
    runtime::Continuation resume_;
};

} // namespace webhookd::ingest
