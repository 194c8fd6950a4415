#include "webhookd/runtime/task_group.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <stdexcept>

namespace webhookd::runtime {
namespace {

/// Waits for ever; gives up at a polite stop only if it said so.
Task<> wait_for_ever(bool may_be_interrupted, int& ended) {
    if (may_be_interrupted) co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    Timer timer(co_await asio::this_coro::executor, SteadyTime::max());
    co_await timer.async_wait(use_result);
    ++ended;
}

Task<> fail() {
    throw std::runtime_error("on purpose");
    co_return;
}

Task<> note_when_empty(TaskGroup& group, SteadyTime deadline, int& noted) {
    noted = co_await group.wait(deadline) ? 1 : -1;
}

class TaskGroupTest : public testing::Test {
protected:
    void wait_in_background(SteadyTime deadline = SteadyTime::max()) {
        asio::co_spawn(context, note_when_empty(group, deadline, noted), asio::detached);
    }

    asio::io_context context{1};
    TaskGroup group{context.get_executor(), "a test"};
    int ended = 0;
    int noted = 0;
};

TEST_F(TaskGroupTest, APoliteStopEndsOnlyTasksThatAgree) {
    group.spawn(wait_for_ever(true, ended));
    group.spawn(wait_for_ever(false, ended));
    group.request_stop(Stop::politely);
    context.poll();
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(group.size(), 1u);
}

TEST_F(TaskGroupTest, AFirmStopEndsEveryTask) {
    group.spawn(wait_for_ever(true, ended));
    group.spawn(wait_for_ever(false, ended));
    group.request_stop(Stop::firmly);
    context.poll();
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(group.size(), 0u);
}

TEST_F(TaskGroupTest, ATaskStartedInAStoppingGroupIsToldAtOnce) {
    group.request_stop(Stop::firmly);
    group.spawn(wait_for_ever(false, ended));
    context.poll();
    EXPECT_EQ(ended, 1);
}

TEST_F(TaskGroupTest, WaitingEndsWhenTheLastTaskDid) {
    group.spawn(wait_for_ever(false, ended));
    wait_in_background();
    context.poll();
    EXPECT_EQ(noted, 0);
    group.request_stop(Stop::firmly);
    context.poll();
    EXPECT_EQ(noted, 1);
}

TEST_F(TaskGroupTest, WaitingForAnEmptyGroupEndsAtOnce) {
    wait_in_background();
    context.poll();
    EXPECT_EQ(noted, 1);
}

TEST_F(TaskGroupTest, WaitingEndsAtItsDeadline) {
    group.spawn(wait_for_ever(false, ended));
    wait_in_background(std::chrono::steady_clock::now());
    context.run_one_for(std::chrono::seconds(5));
    context.poll();
    EXPECT_EQ(noted, -1);
    group.request_stop(Stop::firmly);
    context.poll();
}

TEST_F(TaskGroupTest, AnExceptionEndsItsTaskAlone) {
    group.spawn(wait_for_ever(false, ended));
    group.spawn(fail());
    spdlog::set_level(spdlog::level::off); // what it says is expected here
    context.poll();
    spdlog::set_level(spdlog::level::info);
    EXPECT_EQ(group.size(), 1u);
    group.request_stop(Stop::firmly);
    context.poll();
    EXPECT_EQ(group.size(), 0u);
}

} // namespace
} // namespace webhookd::runtime
