#pragma once

#include "delivery/look_ahead.hpp"
#include "delivery/place_keeper.hpp"
#include "delivery/redelivery_job.hpp"
#include "delivery/seen_contents.hpp"

#include "webhookd/config/settings.hpp"
#include "webhookd/delivery/matcher.hpp"
#include "webhookd/delivery/status.hpp"
#include "webhookd/delivery/window.hpp"
#include "webhookd/event/redact.hpp"
#include "webhookd/journal/journal.hpp"
#include "webhookd/runtime/mailbox.hpp"
#include "webhookd/runtime/task.hpp"
#include "webhookd/sink/type.hpp"
#include "webhookd/telemetry/log.hpp"
#include "webhookd/telemetry/metrics.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

namespace webhookd::delivery {

/// The way of events to one sink: read, match, deliver, try again, settle. Has a thread of its own, on which the sink
/// may block without harm to anything else.
///
/// On that thread work as many workers (coroutines) as the sink takes calls at once; they share the window and need no
/// locks. Other threads read the status and post requests.
class Lane : public std::enable_shared_from_this<Lane> {
public:
    /// What stands between a commit and a further read of a lane that is current: so several commits are read at once
    /// under load, while a lane that was idle starts at once.
    static constexpr auto rest = std::chrono::milliseconds(4);
    /// How long a lane that is told to stop goes on with what is committed already.
    static constexpr auto drain = std::chrono::milliseconds(500);

    /// What all lanes share; outlives their threads.
    struct Surroundings {
        journal::Journal& journal;
        PlaceKeeper& keeper;
        std::atomic<std::size_t>& refusing; // lanes that have no room and must not skip
    };

    /// Makes the sink; throws std::runtime_error where its settings cannot work at all.
    Lane(const config::Sink& settings, const sink::SinkType& type, std::shared_ptr<Place> place, bool paused,
         Surroundings surroundings);
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    void start();
    // From any thread:
    void request_stop() noexcept;        ///< finishes what is under way and what is at hand, then ends
    void request_stop_firmly() noexcept; ///< cancels what is under way
    /// Waits for the end of the thread. False at the deadline: the sink blocks.
    bool wait(SteadyTime deadline);
    /// Leaves a thread that blocks to itself: it touches nothing any more that is not its own. Then the process must
    /// end without unloading anything (std::_Exit).
    void abandon() noexcept;

    void pause(bool paused);
    void reopen();
    /// Events that go to the sink beside its own; several jobs run one after the other.
    void add(std::shared_ptr<RedeliveryJob> job);
    /// Goes on with its jobs only: the lane's own events stay where they are.
    void deliver_jobs_only() noexcept { delivers_own_ = false; } ///< before start()
    RedeliveryJob::Needs job_needs() const;
    const Matcher& matcher() const noexcept { return matcher_; }
    LaneStatus status() const;
    const std::shared_ptr<Place>& place() const noexcept { return place_; }
    const config::Sink& settings() const noexcept { return settings_; }

private:
    struct Worker {
        explicit Worker(asio::io_context& context) : wake(context), deadline(context) {}
        Window::Batch batch;
        std::shared_ptr<RedeliveryJob> job; // whose batch it is; none: the lane's own
        Timer wake;                         // cancelled to wake a waiting worker
        bool is_waiting = false;
        Timer deadline;
        std::uint64_t call = 0; // which one the deadline is for
        bool is_calling = false;
        bool is_late = false;      // this call took too long
        bool is_cancelled = false; // this call was told to end
        asio::cancellation_signal cancel;
    };
    using Answer = Result<sink::Outcomes, sink::Away>;

    void run();
    void note_worker_failure(std::exception_ptr failure) const;
    Task<> work(Worker& worker);
    Task<> open(Worker& worker);
    bool take(Worker& worker, SteadyTime now);
    SteadyTime next_due() const noexcept;
    void tend_jobs(SteadyTime now);
    void end_job(const std::shared_ptr<RedeliveryJob>& job, const std::string& why);
    Window::Conclusion conclude_of_job(Worker& worker, const sink::Outcomes& outcomes, SteadyTime now);
    Task<> deliver(Worker& worker);
    Window& window_of(Worker& worker) noexcept { return worker.job ? worker.job->window() : window_; }
    Task<> close(Worker& worker);
    Task<> bury(Worker& worker, std::vector<Window::Death> deaths);
    Task<> idle(Worker& worker, SteadyTime until);
    void begin_call(Worker& worker, Duration limit);
    bool end_call(Worker& worker);
    static void cancel_call(Worker& worker);

    void remember_past();
    bool fill(SteadyTime now);
    bool can_fill() const noexcept;
    bool takes(const journal::Entry& entry);
    void admit(const journal::Entry& entry, bool keep, SteadyTime now);
    void publish() noexcept;

    void watch_backlog();
    void measure_backlog();
    bool must_skip() const noexcept;
    void skip_oldest();
    void decide_whether_to_refuse();
    void set_refusing(bool refusing) noexcept;
    void note_away(const sink::Away& away, SteadyTime now);
    void note_error(const std::string& why);
    bool is_over(SteadyTime now) const noexcept;
    void wake_one() noexcept;
    void wake_all() noexcept;
    void committed() noexcept;
    double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

    const config::Sink settings_;
    const Matcher matcher_;
    const RetryPlan plan_;
    journal::Journal& journal_;
    PlaceKeeper& keeper_;
    std::atomic<std::size_t>& refusing_;
    const std::shared_ptr<Place> place_;

    // --- of the lane's thread ---
    asio::io_context context_{1};
    runtime::Mailbox& mailbox_ = runtime::Mailbox::of(context_);
    std::unique_ptr<sink::Sink> sink_;
    const sink::Capacity capacity_;
    const bool keeps_copies_; // events outlive the next read
    Window window_;
    std::unique_ptr<journal::Reader> reader_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::size_t remaining_ = 0; // workers that have not ended
    std::size_t waiting_ = 0;   // workers in idle()
    std::size_t under_way_ = 0; // calls of the sink
    bool is_open_ = false;
    bool is_opening_ = false;
    bool is_paused_;
    bool wants_reopen_ = false;
    bool is_stopping_ = false;
    bool is_stopping_firmly_ = false;
    std::size_t unburied_ = 0; // workers whose dead letters are not on disk yet: nothing is settled meanwhile
    SteadyTime drain_until_{};
    SteadyTime away_until_{};
    std::uint32_t failures_in_a_row_ = 0;
    SteadyTime read_again_{};          // not before this
    std::uint64_t nothing_behind_ = 0; // the last commit that had been made when a read found nothing
    std::minstd_rand random_{std::random_device{}()};
    std::optional<SeenContents> seen_;                // with `once`
    const std::shared_ptr<event::Redactor> redactor_; // none: nothing is hidden
    std::string redacted_body_, redacted_attributes_;
    bool delivers_own_ = true;
    std::deque<std::shared_ptr<RedeliveryJob>> jobs_;
    bool is_jobs_turn_ = false;
    LookAhead ahead_;
    Timer backlog_timer_{context_};
    bool is_watching_backlog_ = false;
    telemetry::RateLimit skip_warning_{std::chrono::minutes(1)};

    // --- between threads ---
    struct Wake : runtime::Letter {
        Lane* lane = nullptr;
    } wake_;
    std::atomic<bool> wake_is_out_{false};
    std::atomic<bool> is_idle_{false}; // a worker waits for the next commit
    std::shared_ptr<void> commit_hook_;
    std::atomic<bool> is_abandoned_{false};
    telemetry::Counter delivered_, failures_, skipped_;
    std::atomic<LaneStatus::State> state_{LaneStatus::State::running};
    std::atomic<std::uint64_t> backlog_events_{0}, backlog_bytes_{0}; // of those that were looked at
    std::atomic<std::uint64_t> looked_at_{0};                         // up to here
    std::atomic<bool> is_refusing_{false};
    std::atomic<std::int64_t> oldest_{0}; // µs since the epoch; 0: none known
    mutable std::mutex error_mutex_;
    std::string last_error_;
    std::optional<Time> last_error_at_;

    std::thread thread_;
    std::mutex ended_mutex_;
    std::condition_variable ended_changed_;
    bool has_ended_ = false;
};

} // namespace webhookd::delivery
