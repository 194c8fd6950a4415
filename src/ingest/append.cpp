#include "ingest/append.hpp"

#include <boost/asio/post.hpp>

#include <new>
#include <utility>

namespace webhookd::ingest {

void AppendCollector::add(journal::Journal& journal, journal::Append& append) {
    append.next = nullptr;
    journal_ = &journal;
    ++collected_;
    if (first_ != nullptr) {
        last_->next = &append;
        last_ = &append;
        return;
    }
    first_ = last_ = &append;
    look_again();
}

void AppendCollector::look_again() noexcept {
    looked_at_ = collected_;
    try {
        asio::post(context_, Look{this});
    } catch (const std::bad_alloc&) {
        hand_over();
    }
}

void AppendCollector::look() noexcept {
    if (collected_ > looked_at_ && collected_ < most_collected)
        look_again();
    else
        hand_over();
}

void AppendCollector::hand_over() noexcept {
    collected_ = 0;
    journal_->append(*std::exchange(first_, nullptr));
}

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
    self->collector_.add(*journal, *self);
}

Task<> PendingAppend::store(journal::Journal& journal) {
    Queue queue{this, &journal};
    co_await asio::async_initiate<decltype(use_task), void()>(std::move(queue), use_task);
}

} // namespace webhookd::ingest
