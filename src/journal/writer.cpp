#include "journal/writer.hpp"

#include "webhookd/runtime/mailbox.hpp"

#include <spdlog/spdlog.h>

namespace webhookd::journal {

void AppendQueue::push(Append& append) noexcept {
    append.next = nullptr;
    if (last_)
        last_->next = &append;
    else
        first_ = &append;
    last_ = &append;
}

Append& AppendQueue::pop() noexcept {
    Append& append = *first_;
    first_ = append.next;
    if (!first_) last_ = nullptr;
    append.next = nullptr;
    return append;
}

void AppendQueue::take_all(AppendQueue& other) noexcept {
    if (other.empty()) return;
    if (last_)
        last_->next = other.first_;
    else
        first_ = other.first_;
    last_ = other.last_;
    other.first_ = other.last_ = nullptr;
}

void AppendQueue::put_back(const std::vector<Append*>& appends) noexcept {
    AppendQueue front;
    for (auto* append : appends) front.push(*append);
    front.take_all(*this);
    *this = front;
}

namespace {

void finish(Append& append, AppendStatus status) noexcept {
    append.status = status;
    append.complete(append);
}

} // namespace

/// One round of the writer: what came of looking at each append.
struct Writer::Sorted {
    std::vector<Append*> all; // still to be completed, in order
    std::vector<Append*> to_store;
    std::vector<Append*> to_quarantine;
    std::vector<Append*> repeats; // of one that is in to_store
    std::size_t remembered = 0;   // additions to the duplicate window
};

Writer::Writer(Log log, DuplicateWindow duplicates, Hooks hooks)
    : log_(std::move(log)), duplicates_(std::move(duplicates)), hooks_(std::move(hooks)), thread_([this] { work(); }) {}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Writer::append(Append& first) noexcept {
    AppendQueue appends;
    for (Append *append = &first, *next = nullptr; append; append = next) {
        next = append->next;
        appends.push(*append);
    }
    bool was_empty = false;
    {
        const std::lock_guard lock(mutex_);
        if (!is_stopping_ && !has_failed_) {
            was_empty = queued_.empty();
            queued_.take_all(appends);
        }
    }
    if (was_empty) wake_.notify_one();
    while (!appends.empty()) finish(appends.pop(), AppendStatus::stopping);
}

bool Writer::run(const std::function<void(Log&, DuplicateWindow&)>& job) {
    Job entry{&job};
    std::unique_lock lock(mutex_);
    if (has_failed_ || is_stopping_) return false;
    jobs_.push_back(&entry);
    wake_.notify_one();
    job_done_.wait(lock, [&] { return entry.is_done; });
    return entry.was_run;
}

void Writer::work() {
    for (;;) {
        bool is_stopping = false;
        {
            std::unique_lock lock(mutex_);
            const auto has_work = [&] { return !queued_.empty() || !jobs_.empty() || is_stopping_; };
            if (!can_store())
                wake_.wait_for(lock, retry_interval, [&] { return !jobs_.empty() || is_stopping_; });
            else if (pending_.empty())
                wake_.wait(lock, has_work);
            pending_.take_all(queued_);
            is_stopping = is_stopping_;
        }
        if (run_jobs()) { // else one has failed, and nothing may be written behind it
            if (!pending_.empty())
                commit_some();
            else if (!can_store() && log_.has_room())
                note_room();
        }
        const std::lock_guard lock(mutex_);
        if (has_failed_ || (is_stopping && !can_store())) {
            pending_.take_all(queued_);
            is_stopping_ = true;
            break;
        }
        if (is_stopping && pending_.empty() && queued_.empty()) break;
    }
    if (run_jobs()) log_.close();
    while (!pending_.empty()) finish(pending_.pop(), AppendStatus::stopping);
}

/// False once the writer has failed.
bool Writer::run_jobs() {
    std::vector<Job*> jobs;
    std::unique_lock lock(mutex_);
    jobs.swap(jobs_);
    for (auto* job : jobs) {
        job->was_run = !has_failed_;
        if (job->was_run) {
            lock.unlock();
            (*job->run)(log_, duplicates_);
            lock.lock();
        }
        job->is_done = true;
    }
    if (!jobs.empty()) job_done_.notify_all();
    return !has_failed_;
}

void Writer::commit_some() {
    Sorted sorted;
    std::size_t bytes = 0;
    // While the disk is full, one at a time: what is small may still find room.
    const std::size_t most = can_store() ? most_events : 1;
    while (!pending_.empty() && sorted.all.size() < most) {
        const auto size = pending_.front()->body.size() + pending_.front()->attributes.size();
        if (!sorted.all.empty() && bytes + size > most_bytes) break;
        bytes += size;
        sort(pending_.pop(), sorted);
    }
    store(sorted);
}

void Writer::sort(Append& append, Sorted& sorted) {
    if (append.attributes.size() > max_attributes_bytes || append.body.size() > max_body_bytes) {
        finish(append, AppendStatus::no_space);
        return;
    }
    if (!append.quarantine_reasons.empty()) {
        sorted.all.push_back(&append);
        sorted.to_quarantine.push_back(&append);
        return;
    }
    if (append.duplicate_window.count() > 0 && append.id.from_content()) {
        duplicates_.keep_at_least(append.duplicate_window);
        const auto first = duplicates_.find(append.endpoint, append.id);
        if (first && append.received - first->received <= append.duplicate_window) {
            append.sequence = first->sequence;
            if (first->sequence < log_.next_sequence()) {
                finish(append, AppendStatus::duplicate);
                return;
            }
            sorted.all.push_back(&append);
            sorted.repeats.push_back(&append);
            return;
        }
        duplicates_.add(append.endpoint, append.id, {log_.next_sequence() + sorted.to_store.size(), append.received});
        ++sorted.remembered;
    }
    sorted.all.push_back(&append);
    sorted.to_store.push_back(&append);
}

Result<> Writer::keep(const std::vector<Append*>& not_understood) {
    std::vector<Quarantined> bodies;
    for (const auto* append : not_understood)
        bodies.push_back({append->id,
                          append->received,
                          std::string(append->endpoint),
                          append->quarantine_status,
                          std::string(append->quarantine_reasons),
                          {},
                          std::string(append->attributes),
                          std::string(append->body)});
    return hooks_.quarantine(bodies);
}

void Writer::store(Sorted& sorted) {
    if (!sorted.to_quarantine.empty()) {
        // Whatever keeps the ledger from committing, it has rolled back: the senders may wait for better times.
        if (auto kept = keep(sorted.to_quarantine); !kept) return retry_later(sorted, kept.error().message);
        if (sorted.to_store.empty()) note_room();
        for (auto* append : sorted.to_quarantine) finish(*append, AppendStatus::stored);
        sorted.all = sorted.to_store;
        sorted.all.insert(sorted.all.end(), sorted.repeats.begin(), sorted.repeats.end());
    }
    if (!sorted.to_store.empty()) {
        const auto begin = std::chrono::steady_clock::now();
        auto commit = log_.commit(sorted.to_store);
        if (commit.outcome == Log::Outcome::no_room) return retry_later(sorted, commit.why);
        if (commit.outcome == Log::Outcome::failed) return fail(sorted, commit.why);
        if (hooks_.report) {
            const auto bytes =
                commit.batch->frames(Family::changes).size() + commit.batch->frames(Family::evaluations).size();
            hooks_.report({sorted.to_store.size(), bytes, std::chrono::steady_clock::now() - begin});
        }
        note_room();
        hooks_.on_batch(std::move(commit.batch));
        {
            const runtime::MailRound together;
            for (auto* append : sorted.to_store) finish(*append, AppendStatus::stored);
            for (auto* append : sorted.repeats) finish(*append, AppendStatus::duplicate);
        }
        hooks_.on_commit();
    }
}

void Writer::note_room() {
    if (can_store()) return;
    spdlog::info("the store has room again: events are accepted");
    can_store_.store(true, std::memory_order_relaxed);
}

void Writer::retry_later(Sorted& sorted, const std::string& why) {
    if (can_store()) {
        spdlog::error("the store cannot take events ({}): nothing is acknowledged until it can", why);
        can_store_.store(false, std::memory_order_relaxed);
    }
    duplicates_.remove_newest(sorted.remembered);
    pending_.put_back(sorted.all);
    expire(std::chrono::steady_clock::now());
}

void Writer::expire(SteadyTime now) {
    AppendQueue kept;
    while (!pending_.empty()) {
        auto& append = pending_.pop();
        if (append.deadline <= now)
            finish(append, AppendStatus::no_space);
        else
            kept.push(append);
    }
    pending_ = kept;
}

void Writer::fail(Sorted& sorted, const std::string& why) {
    pending_.put_back(sorted.all);
    fail(why);
}

void Writer::fail(const std::string& why) {
    can_store_.store(false, std::memory_order_relaxed);
    {
        const std::lock_guard lock(mutex_);
        has_failed_ = true;
    }
    hooks_.on_fatal(why);
}

} // namespace webhookd::journal
