#include "ingest/append.hpp"

#include <boost/asio/post.hpp>

#include <new>
#include <utility>

namespace webhookd::ingest {

void AppendCollector::add(journal::Journal& journal, journal::Append& append) noexcept {
    append.next = nullptr;
    journal_ = &journal;
    if (first_ != nullptr)
        last_->next = &append;
    else
        first_ = &append;
    last_ = &append;
    ++collected_;
    if (collected_ == most_collected)
        hand_over();
    else if (in_journal_ == 0 && !is_looking_)
        look_around();
}

void AppendCollector::came_back() noexcept {
    if (--in_journal_ == 0 && collected_ > 0 && !is_looking_) look_around();
}

void AppendCollector::look_around() noexcept {
    is_looking_ = true;
    seen_ = 0; // so at least two looks: the first may come before what is ready now has been dealt with
    look_again();
}

void AppendCollector::look_again() noexcept {
    try {
        asio::post(context_, Look{this});
    } catch (const std::bad_alloc&) {
        is_looking_ = false;
        hand_over();
    }
}

void AppendCollector::look() noexcept {
    if (collected_ > seen_) {
        seen_ = collected_;
        return look_again();
    }
    is_looking_ = false;
    if (collected_ > 0) hand_over();
}

void AppendCollector::hand_over() noexcept {
    in_journal_ += std::exchange(collected_, 0);
    journal_->append(*std::exchange(first_, nullptr));
}

void PendingAppend::queue(journal::Journal& journal) noexcept {
    complete = [](journal::Append& append) noexcept {
        auto& pending = static_cast<PendingAppend&>(append);
        pending.mailbox_.deliver(pending);
    };
    open = [](runtime::Letter& letter) noexcept {
        auto& pending = static_cast<PendingAppend&>(letter);
        pending.collector_.came_back();
        pending.resume_();
    };
    collector_.add(journal, *this);
}

} // namespace webhookd::ingest
