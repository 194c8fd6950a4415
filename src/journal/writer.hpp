#pragma once

#include "journal/duplicates.hpp"
#include "journal/log.hpp"
#include "webhookd/journal/ledger.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace webhookd::journal {

/// Appends in a row, linked through Append::next; owns nothing.
class AppendQueue {
public:
    bool empty() const noexcept { return first_ == nullptr; }
    Append* front() const noexcept { return first_; }
    void push(Append& append) noexcept;
    Append& pop() noexcept;
    void take_all(AppendQueue& other) noexcept;                  ///< behind what is here
    void put_back(const std::vector<Append*>& appends) noexcept; ///< before what is here, in their order

private:
    Append* first_ = nullptr;
    Append* last_ = nullptr;
};

/// The one thread that writes: takes whatever is queued, commits it at once, tells everybody.
class Writer {
public:
    static constexpr std::size_t most_events = 1024; // of one commit
    static constexpr std::size_t most_bytes = 4u << 20;
    static constexpr std::chrono::milliseconds retry_interval{250}; // while there is no room

    struct Hooks {
        std::function<Result<>(std::span<const Quarantined>)> quarantine;
        std::function<void(std::shared_ptr<const Batch>)> on_batch; // committed; before the appends are completed
        std::function<void()> on_commit;                            // after they were
        std::function<void(const std::string&)> on_fatal;
        std::function<void(const CommitReport&)> report; // may be empty
    };

    Writer(Log log, DuplicateWindow duplicates, Hooks hooks);
    /// Commits what is queued and ends the thread.
    ~Writer();

    void append(Append& append) noexcept;
    bool can_store() const noexcept { return can_store_.load(std::memory_order_relaxed); }

    /// Ends storing for good: unknown what is on the disk. On the writer's thread: for jobs that write.
    void fail(const std::string& why);
    /// Runs `job` on the writer's thread between two commits and returns when it is done. Returns false, without
    /// running it, once the writer has failed.
    bool run(const std::function<void(Log&, DuplicateWindow&)>& job);

private:
    struct Sorted;
    struct Job {
        const std::function<void(Log&, DuplicateWindow&)>* run;
        bool is_done = false;
        bool was_run = false;
    };

    void work();
    bool run_jobs();
    void commit_some();
    void sort(Append& append, Sorted& sorted);
    Result<> keep(const std::vector<Append*>& not_understood);
    void store(Sorted& sorted);
    void retry_later(Sorted& sorted, const std::string& why);
    void note_room();
    void fail(Sorted& sorted, const std::string& why);
    void expire(SteadyTime now);

    Log log_;
    DuplicateWindow duplicates_;
    const Hooks hooks_;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable job_done_;
    AppendQueue queued_;       // guarded by mutex_
    std::vector<Job*> jobs_;   // guarded by mutex_
    bool is_stopping_ = false; // guarded by mutex_
    bool has_failed_ = false;  // guarded by mutex_

    AppendQueue pending_; // the writer's own
    std::atomic<bool> can_store_{true};
    std::thread thread_; // last: everything else is ready when it begins
};

} // namespace webhookd::journal
