#include "ingest/append.hpp"

#include <utility>

namespace webhookd::ingest {

void PendingAppend::Queue::operator()(Handler handler) const {
    self->resume_.emplace(std::move(handler));
    self->complete = [](journal::Append& append) noexcept {
        auto& pending = static_cast<PendingAppend&>(append);
        pending.mailbox_.deliver(pending);
    };
    self->open = [](runtime::Letter& letter) noexcept {
        auto resume =
            std::move(*static_cast<PendingAppend&>(letter).resume_); // resuming may end the life of the pending append
        std::move(resume)();
    };
    journal->append(*self);
}

Task<> PendingAppend::store(journal::Journal& journal) {
    Queue queue{this, &journal};
    co_await asio::async_initiate<decltype(use_task), void()>(std::move(queue), use_task);
}

} // namespace webhookd::ingest
