#include "integration/http/server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace webhookd::http {
namespace {

using namespace std::chrono_literals;

class DrainTest : public ListenerTest {
protected:
    DrainTest() { settings.threads = 2; }
};

TEST_F(DrainTest, AnAnnouncedEndIsSaidInEveryAnswerWhileConnectionsAreStillTaken) {
    start();
    auto before = connect();
    before.send(post("/hook", "{}"));
    EXPECT_EQ(before.answer().value().header("Connection"), "");
    listener->announce_end();
    before.send(post("/hook", "{}"));
    EXPECT_EQ(before.answer().value().header("Connection"), "close");
    EXPECT_TRUE(before.is_closed());
    auto after = connect();
    after.send(post("/missing", "{}"));
    EXPECT_EQ(after.answer().value().header("Connection"), "close");
    EXPECT_TRUE(after.is_closed());
}

TEST_F(DrainTest, RequestsInFlightAreFinishedAndIdleConnectionsClosed) {
    start();
    auto idle = connect();
    idle.send(post("/hook", "{}"));
    EXPECT_EQ(idle.answer().value().status, 200u);
    auto busy = connect();
    busy.send(post("/slow", "{}"));
    auto half = connect();
    half.send(post("/hook", "{\"a\":1}").substr(0, 40));
    wait_until_open(3);
    while (handler.handled("/slow") == 0) std::this_thread::sleep_for(1ms);

    std::atomic<bool> drained = false;
    std::thread drainer([&] { drained = listener->drain(10s); });
    EXPECT_TRUE(idle.is_closed());
    EXPECT_FALSE(drained);
    half.send(post("/hook", "{\"a\":1}").substr(40));
    EXPECT_EQ(half.answer().value().header("Connection"), "close");
    handler.let_go();
    EXPECT_EQ(busy.answer().value().header("Connection"), "close");
    drainer.join();
    EXPECT_TRUE(drained);
    EXPECT_THROW(connect(), std::runtime_error);
}

TEST_F(DrainTest, WhoHasJustConnectedIsServed) {
    start();
    auto fresh = connect();
    std::thread drainer([&] { EXPECT_TRUE(listener->drain(10s)); });
    std::this_thread::sleep_for(20ms);
    fresh.send(post("/hook", "{}"));
    EXPECT_EQ(fresh.answer().value().status, 200u);
    drainer.join();
}

TEST_F(DrainTest, WhoSaysNothingIsNotWaitedForLong) {
    start();
    auto silent = connect();
    wait_until_open(1);
    EXPECT_TRUE(listener->drain(10s));
}

TEST_F(DrainTest, PatienceEnds) {
    start();
    auto busy = connect();
    busy.send(post("/slow", "{}"));
    while (handler.handled("/slow") == 0) std::this_thread::sleep_for(1ms);
    EXPECT_FALSE(listener->drain(50ms));
    listener->stop();
    EXPECT_TRUE(busy.is_closed());
}

TEST_F(DrainTest, NoConnectionInTheQueueIsLost) {
    settings.limits.max_connections = 1;
    start();
    auto busy = connect();
    busy.send(post("/slow", "{}"));
    while (handler.handled("/slow") == 0) std::this_thread::sleep_for(1ms);
    std::vector<test::RawClient> waiting;
    for (int i = 0; i < 20; ++i) {
        waiting.push_back(connect());
        waiting.back().send(post("/hook", "{}"));
    }
    std::thread drainer([&] { EXPECT_TRUE(listener->drain(10s)); });
    for (auto& client : waiting) EXPECT_EQ(client.answer().value().status, 200u);
    handler.let_go();
    EXPECT_EQ(busy.answer().value().status, 200u);
    drainer.join();
}

TEST_F(DrainTest, AFirmStopEndsEverything) {
    start();
    auto idle = connect();
    auto half = connect();
    half.send("POST");
    auto busy = connect();
    busy.send(post("/slow", "{}"));
    while (handler.handled("/slow") == 0) std::this_thread::sleep_for(1ms);
    listener->stop();
    EXPECT_TRUE(idle.is_closed());
    EXPECT_TRUE(half.is_closed());
    EXPECT_TRUE(busy.is_closed());
    EXPECT_EQ(listener->counters().open.load(), 0);
}

} // namespace
} // namespace webhookd::http
