#pragma once

#include "http/clock.hpp"
#include "http/connection.hpp"
#include "http/shared.hpp"
#include "http/tls.hpp"
#include "webhookd/runtime/task_group.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace webhookd::http {

/// One intake thread: its io_context, its connections, and the sweep that watches over their times.
class Intake {
public:
    Intake(Shared& shared, unsigned index);
    ~Intake();
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    // --- from any thread ---------------------------------------------------------------------------------------------
    void start();
    /// Takes a connection that `counters.open` already counts.
    void adopt(Accepted accepted);
    /// Looks at all connections now instead of at the next sweep.
    void look_after_connections();
    void close_longest_idle();
    /// Since when the longest idle connection is idle; the far future where none is.
    SteadyTime idle_since() const noexcept { return idle_since_.load(std::memory_order_relaxed); }
    /// For connections and requests that begin once the future is ready. No TLS context: plain.
    std::future<void> use(std::shared_ptr<const TlsContext> tls, std::shared_ptr<const Limits> limits);
    /// Closes idle connections, and each other one after the request in hand.
    void drain();
    /// Ends all tasks, and then the thread.
    void stop();
    void join();

    // --- on its own thread, for its connections ----------------------------------------------------------------------
    Shared& shared() noexcept { return shared_; }
    const std::shared_ptr<const Limits>& limits() const noexcept { return limits_; }
    AnswerWriter& answer_writer() noexcept { return answer_writer_; }
    /// Where an answer is put together before it is sent.
    std::string& scratch() noexcept { return scratch_; }
    void enroll(Connection& connection);
    void dismiss(Connection& connection);
    void becomes_idle(Connection& connection);
    void becomes_busy(Connection& connection);

    asio::io_context& context() noexcept { return context_; }

private:
    Task<> serve(Accepted accepted);
    Task<> sweep();
    void sweep_once();
    void publish_idle() noexcept;
    void run();

    Shared& shared_;
    const std::string name_;
    asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO}; // sockets and timers are its own thread's alone
    asio::executor_work_guard<Executor> work_;
    runtime::TaskGroup tasks_;
    Timer sweep_timer_;
    boost::intrusive::list<Connection, boost::intrusive::base_hook<AllHook>> connections_;
    boost::intrusive::list<Connection, boost::intrusive::base_hook<IdleHook>> idle_; // the longest first
    std::atomic<SteadyTime> idle_since_{SteadyTime::max()};
    bool is_sweeping_ = false;
    std::shared_ptr<const TlsContext> tls_;
    std::shared_ptr<const Limits> limits_;
    AnswerWriter answer_writer_;
    std::string scratch_;
    std::thread thread_;
};

} // namespace webhookd::http
