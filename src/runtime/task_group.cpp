#include "webhookd/runtime/task_group.hpp"

#include "webhookd/telemetry/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace webhookd::runtime {

TaskGroup::TaskGroup(Executor executor, std::string name)
    : executor_(executor), name_(std::move(name)), emptied_(executor, SteadyTime::max()) {}

void TaskGroup::spawn(Task<> task) {
    const auto child = children_.emplace(children_.end());
    auto& stop = child->stop;
    asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(stop.slot(), Finish{this, child}));
    // The end of a task is always posted, so the child is still there even if the task is done already.
    if (is_stopping()) stop.emit(stopping_);
}

void TaskGroup::request_stop(Stop how) {
    stopping_ = how == Stop::politely ? asio::cancellation_type::total : asio::cancellation_type::terminal;
    for (auto child = children_.begin(); child != children_.end();) {
        const auto next = std::next(child); // a task may end, and its child with it, while it is told
        child->stop.emit(stopping_);
        child = next;
    }
}

Task<bool> TaskGroup::wait(SteadyTime deadline) {
    while (!children_.empty()) {
        emptied_.expires_at(deadline);
        const auto [error] = co_await emptied_.async_wait(use_result);
        if (!error) co_return children_.empty(); // the deadline
    }
    co_return true;
}

void TaskGroup::finish(Children::iterator child, std::exception_ptr failure) {
    children_.erase(child);
    if (children_.empty()) emptied_.cancel();
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted && is_stopping()) return; // as it was told
        spdlog::error("{} ended by an exception: {}", name_, error.what());
    } catch (const std::exception& error) {
        spdlog::error("{} ended by an exception: {}", name_, error.what());
    }
}

} // namespace webhookd::runtime
