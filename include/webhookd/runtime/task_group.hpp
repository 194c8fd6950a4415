#pragma once

#include "webhookd/base/time.hpp"
#include "webhookd/runtime/task.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <cstdint>
#include <exception>
#include <list>
#include <string>

namespace webhookd::runtime {

/// How a group is told to stop.
enum class Stop : std::uint8_t {
    /// Finish what is in hand. Emitted as total cancellation, which a task only notices where it waits for something it
    /// may give up, having said so: co_await
    /// asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation()).
    politely,
    /// Give up now. Emitted as terminal cancellation: whatever the task waits for ends with operation_aborted.
    firmly,
};

/// The tasks of one io_context that belong together, so that none is detached: each can be told to stop and waited for.
/// Everything here happens on the executor's thread; other threads post. The group must outlive its tasks or the run of
/// its io_context.
class TaskGroup {
public:
    /// `name` is what the log calls a task that ended by an exception.
    TaskGroup(Executor executor, std::string name);
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    /// Starts a task. It runs at once up to its first wait. One that is started in a stopping group is told so at once.
    /// An exception ends the task alone and is logged as an error, unless it says that a stop was obeyed.
    void spawn(Task<> task);

    /// Tells all tasks, and all that are started later. Politely and then firmly is the usual order; never back.
    void request_stop(Stop how);
    bool is_stopping() const noexcept { return stopping_ != asio::cancellation_type::none; }

    std::size_t size() const noexcept { return children_.size(); }
    /// Completes when the group is empty (true) or at `deadline` (false). One task at a time may wait, and it must not
    /// be of this group.
    Task<bool> wait(SteadyTime deadline);

private:
    struct Child {
        asio::cancellation_signal stop;
    };
    using Children = std::list<Child>;
    struct Finish {
        TaskGroup* group;
        Children::iterator child;
        void operator()(std::exception_ptr failure) const { group->finish(child, failure); }
    };
    void finish(Children::iterator child, std::exception_ptr failure);

    Executor executor_;
    std::string name_;
    Children children_;
    asio::cancellation_type stopping_ = asio::cancellation_type::none;
    Timer emptied_;
};

} // namespace webhookd::runtime
