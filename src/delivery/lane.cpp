#include "delivery/lane.hpp"

#include "webhookd/telemetry/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <pthread.h>
#include <unistd.h>

namespace webhookd::delivery {
namespace {

/// A lane whose events may overtake each other holds up to this much, so that a flag that fails does not stop the rest.
constexpr std::size_t most_events_held = 4096;
constexpr std::size_t most_bytes_held = 16u << 20;

event::Format format_of(config::Sink::Format format) {
    switch (format) {
    case config::Sink::Format::cloudevents:
        return event::Format::cloudevents;
    case config::Sink::Format::raw:
        return event::Format::raw;
    case config::Sink::Format::logfmt:
        return event::Format::logfmt;
    case config::Sink::Format::text:
        return event::Format::text;
    }
    return event::Format::cloudevents;
}

/// Keys are hidden unless the configuration says otherwise; nothing can be hidden in raw bytes.
std::shared_ptr<event::Redactor> redactor_of(const config::Sink& settings) {
    if (settings.format == config::Sink::Format::raw) return nullptr;
    const auto rules = settings.redact.value_or(std::vector<std::string>{"keys"});
    if (rules.empty()) return nullptr;
    return std::make_shared<event::Redactor>(event::Redactor::make(rules).value());
}

Window::Shape shape_of(const sink::Capacity& capacity) {
    Window::Shape shape;
    shape.order = capacity.concurrency > 1 ? Window::Order::per_flag : Window::Order::strict;
    shape.batch_events = capacity.batch_events;
    shape.batch_bytes = capacity.batch_bytes;
    shape.batch_delay = capacity.batch_delay;
    shape.most_events = std::max(most_events_held, 2 * capacity.batch_events);
    shape.most_bytes = std::max(most_bytes_held, 2 * capacity.batch_bytes);
    return shape;
}

} // namespace

Lane::Lane(const config::Sink& settings, const sink::SinkType& type, std::shared_ptr<Place> place, bool paused,
           Surroundings surroundings)
    : settings_(settings), matcher_(settings.match, settings.exclude), plan_(settings.retry),
      journal_(surroundings.journal), keeper_(surroundings.keeper), refusing_(surroundings.refusing),
      place_(std::move(place)),
      sink_(type.make(settings.own, {settings.name, format_of(settings.format), context_.get_executor()})),
      capacity_(sink_->capacity()),
      keeps_copies_(capacity_.concurrency > 1 || capacity_.batch_delay > Duration::zero()),
      window_(shape_of(capacity_), plan_), is_paused_(paused), redactor_(redactor_of(settings)) {
    if (paused) state_ = LaneStatus::State::paused;
    wake_.lane = this;
    wake_.open = [](runtime::Letter& letter) noexcept {
        auto& lane = *static_cast<Wake&>(letter).lane;
        lane.wake_is_out_.exchange(false, std::memory_order_acq_rel);
        lane.wake_one();
    };
}

Lane::~Lane() {
    if (thread_.joinable()) thread_.join();
}

// --- the thread ---

void Lane::start() {
    window_.read_to(place_->settled.load());
    ahead_.begin(window_.read());
    looked_at_.store(window_.read(), std::memory_order_relaxed); // else all that is stored would count as backlog
    reader_ = journal_.reader();
    if (settings_.once) seen_.emplace();
    for (std::size_t i = 0; i < capacity_.concurrency; ++i) workers_.push_back(std::make_unique<Worker>(context_));
    remaining_ = workers_.size();
    for (const auto& worker : workers_)
        asio::co_spawn(context_, work(*worker),
                       asio::bind_cancellation_slot(worker->cancel.slot(), [this](std::exception_ptr failure) {
                           note_worker_failure(failure);
                       }));
    commit_hook_ = journal_.on_commit([this] { committed(); });
    // The thread holds on to the lane: one that blocks for ever outlives everybody who has given up waiting for it.
    thread_ = std::thread([lane = shared_from_this()] { lane->run(); });
}

void Lane::run() {
    ::pthread_setname_np(::pthread_self(), ("sink:" + settings_.name).substr(0, 15).c_str());
    if (seen_) remember_past();
    context_.run();
    for (const auto& job : jobs_) job->end("the sink was stopped");
    commit_hook_.reset();
    set_refusing(false);
    reader_.reset();
    state_ = LaneStatus::State::stopped;
    const std::lock_guard lock(ended_mutex_);
    has_ended_ = true;
    ended_changed_.notify_all();
}

void Lane::note_worker_failure(std::exception_ptr failure) const {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        spdlog::error("sink {}: a worker ended by an exception: {}", settings_.name, error.what());
    }
}

void Lane::request_stop() noexcept {
    asio::post(context_, [this] {
        is_stopping_ = true;
        backlog_timer_.cancel();
        drain_until_ = std::chrono::steady_clock::now() + drain;
        wake_all();
    });
}

void Lane::request_stop_firmly() noexcept {
    asio::post(context_, [this] {
        is_stopping_ = is_stopping_firmly_ = true;
        backlog_timer_.cancel();
        for (const auto& worker : workers_)
            if (worker->is_calling) cancel_call(*worker);
        wake_all();
    });
}

bool Lane::wait(SteadyTime deadline) {
    {
        std::unique_lock lock(ended_mutex_);
        if (!ended_changed_.wait_until(lock, deadline, [this] { return has_ended_; })) return false;
    }
    if (thread_.joinable()) thread_.join();
    return true;
}

void Lane::abandon() noexcept {
    is_abandoned_ = true;
    set_refusing(false);
    thread_.detach();
}

// --- requests from other threads ---

void Lane::pause(bool paused) {
    asio::post(context_, [this, paused] {
        is_paused_ = paused;
        state_ = paused ? LaneStatus::State::paused : LaneStatus::State::running;
        wake_all();
    });
}

void Lane::reopen() {
    asio::post(context_, [this] {
        wants_reopen_ = true;
        wake_all();
    });
}

void Lane::add(std::shared_ptr<RedeliveryJob> job) {
    asio::post(context_, [this, job = std::move(job)]() mutable {
        if (remaining_ == 0) return job->end("the sink was stopped");
        jobs_.push_back(std::move(job));
        wake_all();
    });
}

RedeliveryJob::Needs Lane::job_needs() const {
    return {settings_.name, shape_of(capacity_), plan_, redactor_};
}

/// On the journal's thread, after every commit.
void Lane::committed() noexcept {
    std::atomic_thread_fence(std::memory_order_seq_cst); // the commit is visible before we look who waits for it
    if (is_idle_.load(std::memory_order_relaxed) && !wake_is_out_.exchange(true, std::memory_order_acq_rel))
        mailbox_.deliver(wake_);
}

LaneStatus Lane::status() const {
    LaneStatus status;
    status.sink = settings_.name;
    status.type = settings_.type;
    status.state = state_.load();
    status.settled = place_->settled.load();
    status.delivered = delivered_.value();
    status.failures = failures_.value();
    status.skipped = skipped_.value();
    const auto committed = journal_.committed(), looked_at = looked_at_.load();
    status.backlog_events = backlog_events_.load() + (committed > looked_at ? committed - looked_at : 0);
    status.backlog_bytes = backlog_bytes_.load();
    if (const auto oldest = oldest_.load(); oldest != 0)
        status.oldest_undelivered = Time(std::chrono::microseconds(oldest));
    const std::lock_guard lock(error_mutex_);
    status.last_error = last_error_;
    status.last_error_at = last_error_at_;
    return status;
}

} // namespace webhookd::delivery
