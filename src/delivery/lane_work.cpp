#include "delivery/lane.hpp"

#include "webhookd/journal/ledger.hpp"
#include "webhookd/telemetry/log.hpp"

#include <boost/asio/this_coro.hpp>

#include <unistd.h>

/// The workers of a lane.
namespace webhookd::delivery {
namespace {

constexpr std::size_t read_events = 1024;
constexpr std::size_t read_bytes = 1u << 20;
/// A read that gives at least this much is followed by the next at once.
constexpr std::size_t full_read = 64;

/// Opening and closing must come to an end, whatever the sink says about its deliveries.
constexpr Duration open_limit = std::chrono::seconds(30);
constexpr Duration close_limit = std::chrono::seconds(2);
/// Where the store itself fails: reading, or writing a dead letter.
constexpr Duration store_pause = std::chrono::seconds(1);

SteadyTime steady_now() noexcept {
    return std::chrono::steady_clock::now();
}

/// The end of a thread whose lane was abandoned while its sink blocked: nothing else may be touched any more.
[[noreturn]] void park() noexcept {
    for (;;) ::pause();
}

} // namespace

Task<> Lane::work(Worker& worker) {
    while (!is_over(steady_now())) {
        const auto now = steady_now();
        const bool has_read = fill(now);
        tend_jobs(now);
        if (must_skip()) {
            skip_oldest();
            if (has_read) {
                co_await asio::post(context_.get_executor(), use_task);
                continue;
            }
        }
        if (wants_reopen_ && under_way_ == 0) {
            wants_reopen_ = false;
            sink_->reopen();
        }
        if (is_paused_ || wants_reopen_ || is_opening_) {
            co_await idle(worker, SteadyTime::max());
        } else if (now < away_until_) {
            co_await idle(worker, away_until_);
        } else if (!is_open_ && (!window_.is_empty() || !jobs_.empty())) {
            if (under_way_ != 0)
                co_await idle(worker, SteadyTime::max());
            else
                co_await open(worker);
        } else if (take(worker, now)) {
            wake_one(); // there may be more than one worker can carry
            co_await deliver(worker);
        } else if (has_read) {
            co_await asio::post(context_.get_executor(),
                                use_task); // nothing of it is for this sink: read on, but let others in
        } else {
            co_await idle(worker, next_due());
        }
    }
    if (--remaining_ == 0) {
        backlog_timer_.cancel();
        co_await close(worker);
    } else {
        wake_all();
    }
}

/// Whether this is the end: told to stop, and nothing is left that could be done at once.
bool Lane::is_over(SteadyTime now) const noexcept {
    if (!is_stopping_) return false;
    if (is_stopping_firmly_ || is_paused_ || now < away_until_ || now >= drain_until_) return true;
    return !delivers_own_ || (window_.is_empty() && journal_.committed() <= std::max(window_.read(), nothing_behind_));
}

/// The next batch: of the lane's own events, or of a job; in turn where there are both.
bool Lane::take(Worker& worker, SteadyTime now) {
    worker.job.reset();
    const auto take_own = [&] { return delivers_own_ && window_.take(worker.batch, now, is_stopping_); };
    const auto take_job = [&] {
        if (jobs_.empty() || !jobs_.front()->window().take(worker.batch, now, true)) return false;
        worker.job = jobs_.front();
        return true;
    };
    is_jobs_turn_ = !is_jobs_turn_;
    return is_jobs_turn_ ? take_job() || take_own() : take_own() || take_job();
}

SteadyTime Lane::next_due() const noexcept {
    auto due = delivers_own_ ? window_.next_due().value_or(SteadyTime::max()) : SteadyTime::max();
    if (!jobs_.empty()) due = std::min(due, jobs_.front()->window().next_due().value_or(SteadyTime::max()));
    return due;
}

/// Gives the job in front its events; ends the ones that are done.
void Lane::tend_jobs(SteadyTime now) {
    while (!jobs_.empty()) {
        const auto job = jobs_.front();
        const auto filled = job->fill(now);
        if (filled && !job->is_done()) return;
        end_job(job, filled ? "" : filled.error().message);
    }
}

void Lane::end_job(const std::shared_ptr<RedeliveryJob>& job, const std::string& why) {
    job->end(why);
    std::erase(jobs_, job);
}

// --- reading ---

bool Lane::can_fill() const noexcept {
    return delivers_own_ && window_.has_room() && (keeps_copies_ || window_.is_empty() || window_.wants_probe());
}

/// Reads on where there is room; true when something was read.
bool Lane::fill(SteadyTime now) {
    if (!can_fill() || (now < read_again_ && !is_stopping_)) return false;
    const bool keep = keeps_copies_ || !window_.is_empty();
    if (keep && !keeps_copies_) window_.own();
    const auto committed = journal_.committed();
    const auto entries = reader_->next(window_.read(), read_events, read_bytes);
    if (!entries) {
        note_error("reading the store: " + entries.error().message);
        read_again_ = now + store_pause;
        return false;
    }
    if (entries->empty()) {
        nothing_behind_ = committed;
        return false;
    }
    for (const auto& entry : *entries) {
        if (takes(entry)) admit(entry, keep, now);
        window_.read_to(entry.sequence);
    }
    if (entries->size() < full_read) read_again_ = now + rest;
    publish();
    return true;
}

bool Lane::takes(const journal::Entry& entry) {
    const bool matches = matcher_.takes(entry.attributes);
    ahead_.passed(entry, matches);
    return matches && !(seen_ && seen_->repeats(entry.id, entry.attributes.get_or(Attribute::endpoint, "")));
}

void Lane::admit(const journal::Entry& entry, bool keep, SteadyTime now) {
    event::Event event{entry.sequence, entry.id, entry.received, entry.attributes, entry.body, false};
    if (redactor_ && redactor_->redact(event, redacted_body_, redacted_attributes_)) {
        event.body = redacted_body_;
        event.attributes = AttributeView(redacted_attributes_);
        keep = true;
    }
    window_.admit(event, keep, now);
}

/// With `once`: what this lane was given before it was started. Before any worker runs.
void Lane::remember_past() {
    const auto settled = window_.read();
    auto at = settled - std::min(settled, SeenContents::most_past);
    while (at < settled) {
        const auto entries = reader_->next(at, read_events, read_bytes);
        if (!entries || entries->empty()) return;
        for (const auto& entry : *entries) {
            at = entry.sequence;
            if (at > settled) return;
            if (matcher_.takes(entry.attributes))
                seen_->repeats(entry.id, entry.attributes.get_or(Attribute::endpoint, ""));
        }
    }
}

/// Tells others how far the lane has come, and what waits for it.
void Lane::publish() noexcept {
    const auto* oldest = window_.oldest();
    oldest_.store(oldest ? oldest->received.time_since_epoch().count() : 0, std::memory_order_relaxed);
    backlog_events_.store(window_.size() + ahead_.events(), std::memory_order_relaxed);
    backlog_bytes_.store(window_.bytes() + ahead_.bytes(), std::memory_order_relaxed);
    looked_at_.store(std::max(window_.read(), ahead_.looked_at()), std::memory_order_relaxed);
    decide_whether_to_refuse();
    if (unburied_ != 0 || window_.settled() == place_->settled.load(std::memory_order_relaxed)) return;
    place_->settled.store(window_.settled(), std::memory_order_release);
    keeper_.moved();
}

// --- delivering ---

Task<> Lane::open(Worker& worker) {
    is_opening_ = true;
    Result<void, sink::Away> opened;
    begin_call(worker, open_limit);
    try {
        opened = co_await sink_->open();
    } catch (const std::exception& error) {
        opened = sink::Away{error.what(), {}};
    }
    if (end_call(worker)) co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    if (!opened && worker.is_late) opened = sink::Away{"not ready within " + format_duration(open_limit), {}};
    is_opening_ = false;
    if (opened)
        is_open_ = true;
    else
        note_away(opened.error(), steady_now());
    wake_all();
}

Task<> Lane::deliver(Worker& worker) {
    watch_backlog();
    ++under_way_;
    Answer answer{sink::Outcomes{}};
    begin_call(worker, capacity_.timeout);
    try {
        answer = co_await sink_->deliver(worker.batch.events);
    } catch (const std::exception& error) {
        answer = sink::Away{error.what(), {}};
    }
    if (end_call(worker)) co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    if (!answer && worker.is_late) answer = sink::Away{"no answer within " + format_duration(capacity_.timeout), {}};
    --under_way_;
    const auto now = steady_now();
    if (!answer) {
        window_of(worker).give_back(worker.batch);
        if (!is_stopping_firmly_) note_away(answer.error(), now);
        co_return;
    }
    auto conclusion =
        worker.job ? conclude_of_job(worker, *answer, now) : window_.conclude(worker.batch, *answer, now, chance());
    delivered_.add(conclusion.delivered);
    failures_.add(conclusion.failed);
    if (conclusion.failed != 0) note_error(conclusion.why);
    if (conclusion.delivered != 0) {
        if (std::exchange(failures_in_a_row_, 0) != 0) spdlog::info("sink {}: delivers again", settings_.name);
        if (!is_paused_) state_ = LaneStatus::State::running;
    } else if (conclusion.failed != 0 && !is_paused_) {
        state_ = LaneStatus::State::failing;
    }
    if (!conclusion.deaths.empty()) co_await bury(worker, std::move(conclusion.deaths));
    publish();
}

/// A job sees to its dead letters itself.
Window::Conclusion Lane::conclude_of_job(Worker& worker, const sink::Outcomes& outcomes, SteadyTime now) {
    auto conclusion = worker.job->conclude(worker.batch, outcomes, now, chance());
    if (!conclusion) {
        end_job(worker.job, conclusion.error().message);
        return {};
    }
    conclusion->deaths.clear();
    return *conclusion;
}

/// Moves events to the dead letters. Not before they are on disk anything is settled, so that nothing gets lost
/// between.
Task<> Lane::bury(Worker& worker, std::vector<Window::Death> deaths) {
    std::vector<journal::DeadLetter> letters;
    for (const auto& death : deaths) {
        letters.push_back(dead_letter(settings_.name, death.position->event, death.why, death.position->attempts));
        window_.bury(death.position);
    }
    spdlog::warn("sink {}: gave up on {} event{}, the last {} after {} attempt{}: {}", settings_.name, letters.size(),
                 letters.size() == 1 ? "" : "s", to_string(letters.back().id), letters.back().attempts,
                 letters.back().attempts == 1 ? "" : "s", letters.back().why);
    note_error(letters.back().why);
    ++unburied_;
    for (;;) {
        const auto settled = unburied_ == 1 ? window_.settled() : place_->settled.load();
        const auto buried = journal_.ledger().bury(letters, journal::Settled{settings_.name, settled});
        if (buried && *buried != 0)
            spdlog::warn("sink {}: {} old dead letters had to go to make room", settings_.name, *buried);
        if (buried) break;
        note_error("keeping a dead letter: " + buried.error().message);
        if (is_stopping_) co_return; // still unburied: nothing of it is settled, it is tried again after the restart
        co_await idle(worker, steady_now() + store_pause);
    }
    --unburied_;
}

Task<> Lane::close(Worker& worker) {
    begin_call(worker, close_limit);
    try {
        co_await sink_->close();
    } catch (const std::exception& error) {
        spdlog::debug("sink {}: closing: {}", settings_.name, error.what());
    }
    if (end_call(worker)) co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
}

/// From now on the worker calls the sink; the call is cancelled after `limit`, unless that is zero.
void Lane::begin_call(Worker& worker, Duration limit) {
    ++worker.call;
    worker.is_calling = true;
    worker.is_late = worker.is_cancelled = false;
    if (limit == Duration::zero()) return;
    worker.deadline.expires_after(limit);
    worker.deadline.async_wait([&worker, call = worker.call](boost::system::error_code error) {
        if (error || call != worker.call || !worker.is_calling) return;
        worker.is_late = true;
        cancel_call(worker);
    });
}

void Lane::cancel_call(Worker& worker) {
    worker.is_cancelled = true;
    worker.cancel.emit(asio::cancellation_type::terminal);
}

/// True where the call was cancelled: then the caller resets its coroutine's cancellation state before anything else.
bool Lane::end_call(Worker& worker) {
    if (is_abandoned_) park();
    worker.is_calling = false;
    worker.deadline.cancel();
    return worker.is_cancelled;
}

// --- trouble ---

void Lane::note_away(const sink::Away& away, SteadyTime now) {
    if (failures_in_a_row_++ == 0) spdlog::warn("sink {}: {}; trying again", settings_.name, away.why);
    is_open_ = false;
    away_until_ = now + plan_.delay(failures_in_a_row_, chance(), away.after);
    failures_.add();
    if (!is_paused_) state_ = LaneStatus::State::failing;
    note_error(away.why);
}

void Lane::note_error(const std::string& why) {
    const std::lock_guard lock(error_mutex_);
    last_error_ = why;
    last_error_at_ = webhookd::now();
}

// --- waiting ---

/// Waits until `until`, a commit (where one would be read), or a wake-up.
Task<> Lane::idle(Worker& worker, SteadyTime until) {
    const auto now = steady_now();
    if (!window_.is_empty()) watch_backlog();
    if (can_fill()) {
        if (now < read_again_) {
            until = std::min(until, read_again_);
        } else {
            is_idle_.store(true, std::memory_order_relaxed);
            std::atomic_thread_fence(std::memory_order_seq_cst); // against the one in committed()
            if (journal_.committed() > std::max(window_.read(), nothing_behind_)) co_return;
        }
    }
    if (is_stopping_) until = std::min(until, drain_until_);
    worker.wake.expires_at(until);
    worker.is_waiting = true;
    ++waiting_;
    co_await worker.wake.async_wait(use_result);
    --waiting_;
    worker.is_waiting = false;
    is_idle_.store(waiting_ != 0, std::memory_order_relaxed);
}

void Lane::wake_one() noexcept {
    for (const auto& worker : workers_) {
        if (!worker->is_waiting) continue;
        worker->is_waiting = false;
        worker->wake.cancel();
        return;
    }
}

void Lane::wake_all() noexcept {
    for (const auto& worker : workers_)
        if (std::exchange(worker->is_waiting, false)) worker->wake.cancel();
}

} // namespace webhookd::delivery
