#pragma once

#include "webhookd/journal/journal.hpp"
#include "webhookd/runtime/mailbox.hpp"
#include "webhookd/runtime/task.hpp"

#include <boost/asio/async_result.hpp>

#include <optional>
#include <type_traits>

namespace webhookd::ingest {

/// An append that a coroutine waits for. Lives in the coroutine's frame: queued with the journal, completed on the
/// writer's thread, brought home by the mailbox of the coroutine's own context. Allocates nothing and takes no lock.
///
/// Cannot be cancelled: once queued, its memory and what it points to belong to the journal until it is complete.
class PendingAppend final : public journal::Append, private runtime::Letter {
public:
    explicit PendingAppend(asio::io_context& home) noexcept : mailbox_(runtime::Mailbox::of(home)) {}
    PendingAppend(const PendingAppend&) = delete;
    PendingAppend& operator=(const PendingAppend&) = delete;

    /// Completes when the event is on stable storage, or will not be: see `status`.
    Task<> store(journal::Journal& journal);

private:
    using Handler = asio::async_result<std::decay_t<decltype(use_task)>, void()>::handler_type;

    struct Queue { // the initiation: runs when the coroutine is suspended
        PendingAppend* self;
        journal::Journal* journal;
        void operator()(Handler handler) const;
    };

    runtime::Mailbox& mailbox_;
    std::optional<Handler> resume_;
};

} // namespace webhookd::ingest
