#pragma once

#include "webhookd/delivery/matcher.hpp"
#include "webhookd/delivery/replay.hpp"
#include "webhookd/delivery/window.hpp"
#include "webhookd/event/redact.hpp"
#include "webhookd/journal/journal.hpp"
#include "webhookd/journal/ledger.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

namespace webhookd::delivery {

/// One replay or retry on its way through a lane, beside the lane's own events: it has a window of its own and moves no
/// place. On the lane's thread, except for progress().
class RedeliveryJob {
public:
    /// What a job needs of its lane.
    struct Needs {
        std::string sink;
        Window::Shape shape;
        RetryPlan plan;
        std::shared_ptr<event::Redactor> redactor; // none: nothing is hidden
    };

    RedeliveryJob(std::uint64_t number, bool is_retry, Needs needs);
    virtual ~RedeliveryJob() = default;

    Window& window() noexcept { return window_; }
    /// Takes in what comes next, as far as there is room. An error ends the job.
    Result<> fill(SteadyTime now);
    /// Nothing is left to deliver.
    bool is_done() const noexcept { return is_exhausted_ && window_.is_empty(); }

    /// A call of the sink is over. Writes into the ledger what was given up.
    Result<Window::Conclusion> conclude(Window::Batch& batch, const sink::Outcomes& outcomes, SteadyTime now,
                                        double chance);
    void end(std::string why = {}); ///< of the job: early where there is a reason

    Redelivery progress() const;

protected:
    /// Admits at least one event, or says that there are none left.
    virtual Result<bool> fetch(SteadyTime now) = 0;
    virtual Result<> delivered(const std::vector<std::uint64_t>& sequences) = 0;
    virtual Result<> gave_up(const event::Event& event, std::string why, std::uint32_t attempts) = 0;
    void admit(event::Event event, SteadyTime now);

private:
    Window window_;
    const std::shared_ptr<event::Redactor> redactor_;
    std::string redacted_body_, redacted_attributes_;
    bool is_exhausted_ = false;
    mutable std::mutex mutex_; // guards progress_
    Redelivery progress_;
};

/// Of stored events. `journal` must outlive the job; `own` are the filters of the sink.
std::shared_ptr<RedeliveryJob> replay_job(std::uint64_t number, RedeliveryJob::Needs needs, Replay replay,
                                          const Matcher& own, journal::Journal& journal);
/// Of dead letters. Whatever is delivered is removed from the ledger.
std::shared_ptr<RedeliveryJob> retry_job(std::uint64_t number, RedeliveryJob::Needs needs, Retry retry,
                                         journal::Ledger& ledger);

/// How many events a replay would deliver.
Result<std::uint64_t> count_events(const Replay& replay, const Matcher& own, journal::Journal& journal);

/// As it goes into the ledger.
journal::DeadLetter dead_letter(const std::string& lane, const event::Event& event, std::string why,
                                std::uint32_t attempts);

} // namespace webhookd::delivery
