#include "integration/http/server.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace webhookd::http {
namespace {

using namespace std::chrono_literals;
using namespace webhookd::literals;

class LimitsTest : public ListenerTest {};

TEST_F(LimitsTest, AHeaderBeyondMaxHeaderIsRefused) {
    settings.limits.max_header = 1_KiB;
    start();
    auto endless = connect();
    endless.send("POST /hook HTTP/1.1\r\nHost: x\r\nX-A: " + std::string(1000, 'a'));
    EXPECT_EQ(endless.answer().value().status, 431u);
    EXPECT_TRUE(endless.is_closed());
    auto whole = connect();
    whole.send("GET /hook HTTP/1.1\r\nHost: x\r\nX-A: " + std::string(1000, 'a') + "\r\n\r\n");
    EXPECT_EQ(whole.answer().value().status, 431u);
    auto fits = connect();
    fits.send("GET /hook HTTP/1.1\r\nHost: x\r\nX-A: " + std::string(900, 'a') + "\r\n\r\n");
    EXPECT_EQ(fits.answer().value().status, 200u);
    EXPECT_EQ(count(*listener, Refusal::header_too_large), 2u);
}

TEST_F(LimitsTest, ARequestLineBeyondMaxHeaderIsRefusedForItself) {
    settings.limits.max_header = 1_KiB;
    start();
    auto client = connect();
    client.send("GET /hook?" + std::string(1100, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.answer().value().status, 414u);
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(count(*listener, Refusal::target_too_long), 1u);
}

TEST_F(LimitsTest, AHeaderUpToALargeMaxHeaderIsRead) {
    settings.limits.max_header = 64_KiB;
    start();
    auto client = connect();
    client.send("GET /hook HTTP/1.1\r\nHost: x\r\nX-A: " + std::string(60'000, 'a') + "\r\n\r\n");
    EXPECT_EQ(client.answer().value().status, 200u);
}

TEST_F(LimitsTest, LimitsThatAreAppliedCountForRequestsThatBeginLater) {
    start();
    const auto request = "GET /hook HTTP/1.1\r\nHost: x\r\nX-A: " + std::string(1000, 'a') + "\r\n\r\n";
    auto idle = connect();
    idle.send(request);
    EXPECT_EQ(idle.answer().value().status, 200u);
    settings.limits.max_header = 1_KiB;
    settings.limits.max_connections = 1;
    listener->apply(settings);
    idle.send(request);
    EXPECT_EQ(idle.answer().value().status, 431u);
    auto second = connect();
    second.send("GET /hook HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(second.answer().value().status, 200u);
    auto third = connect(); // makes room by ending the second
    third.send("GET /hook HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(third.answer().value().status, 200u);
    EXPECT_TRUE(second.is_closed());
}

TEST_F(LimitsTest, TooManyFieldsAreRefused) {
    start();
    auto client = connect();
    std::string request("GET /hook HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < 100; ++i) request += "A: b\r\n";
    client.send(request + "\r\n");
    EXPECT_EQ(client.answer().value().status, 431u);
}

TEST_F(LimitsTest, AClientThatSaysNothingIsClosedByTheHeaderTimeout) {
    settings.limits.header_timeout = 100ms;
    start();
    auto client = connect();
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(count(*listener, Refusal::header_timeout), 1u);
}

TEST_F(LimitsTest, ASlowHeaderIsAnswered408) {
    settings.limits.header_timeout = 150ms;
    start();
    auto client = connect();
    client.send("POST /hook HTTP/1.1\r\n");
    for (int i = 0; i < 4; ++i) { // whatever comes does not prolong it
        std::this_thread::sleep_for(50ms);
        client.send("A: b\r\n");
    }
    EXPECT_EQ(client.answer().value().status, 408u);
    EXPECT_TRUE(client.is_closed());
}

TEST_F(LimitsTest, ASlowBodyIsAnswered408) {
    settings.limits.body_timeout = 100ms;
    start();
    auto client = connect();
    client.send(post("/hook", "{\"a\":1}").substr(0, 75));
    EXPECT_EQ(client.answer().value().status, 408u);
    EXPECT_EQ(count(*listener, Refusal::body_timeout), 1u);
    EXPECT_EQ(handler.handled("/hook"), 0u);
}

TEST_F(LimitsTest, AnIdleConnectionIsClosedByTheIdleTimeoutOnly) {
    settings.limits.header_timeout = 50ms;
    settings.limits.idle_timeout = 300ms;
    start();
    auto client = connect();
    client.send(post("/hook", "{}"));
    EXPECT_EQ(client.answer().value().status, 200u);
    EXPECT_TRUE(client.is_silent_for(200ms));
    EXPECT_TRUE(client.is_closed());
}

TEST_F(LimitsTest, AHandlerIsNotTimed) {
    settings.limits.header_timeout = settings.limits.body_timeout = settings.limits.idle_timeout = 50ms;
    start();
    auto client = connect();
    client.send(post("/slow", "{}"));
    EXPECT_TRUE(client.is_silent_for(200ms));
    handler.let_go();
    EXPECT_EQ(client.answer().value().status, 200u);
}

TEST_F(LimitsTest, ABodyBelowMinRateIsGivenUpAfterFiveSeconds) {
    settings.limits.min_rate = 1_KiB;
    settings.limits.body_timeout = 30s;
    start();
    auto slow = connect();
    slow.send(post("/hook", std::string(100'000, 'x')).substr(0, 5000));
    auto quick = connect();
    quick.send(post("/hook", std::string(100'000, 'x')).substr(0, 20'000));
    EXPECT_EQ(slow.answer().value().status, 408u);
    EXPECT_EQ(count(*listener, Refusal::too_slow), 1u);
    EXPECT_TRUE(quick.is_silent_for(10ms));
}

TEST_F(LimitsTest, TheLongestIdleConnectionMakesRoom) {
    settings.limits.max_connections = 3;
    settings.threads = 2; // it is looked for on all threads
    start();
    std::vector<test::RawClient> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(connect());
        clients.back().send(post("/hook", "{}"));
        EXPECT_EQ(clients.back().answer().value().status, 200u);
        std::this_thread::sleep_for(10ms);
    }
    clients[0].send(post("/hook", "{}")); // now the second is idle for longest
    EXPECT_EQ(clients[0].answer().value().status, 200u);
    std::this_thread::sleep_for(10ms);

    auto next = connect();
    next.send(post("/hook", "{}"));
    EXPECT_EQ(next.answer().value().status, 200u);
    EXPECT_TRUE(clients[1].is_closed());
    EXPECT_TRUE(clients[0].is_silent_for(20ms));
    EXPECT_TRUE(clients[2].is_silent_for(0ms));
    EXPECT_EQ(count(*listener, Refusal::made_room), 1u);
}

TEST_F(LimitsTest, AcceptingWaitsWhereNoConnectionIsIdle) {
    settings.limits.max_connections = 1;
    start();
    auto busy = connect();
    busy.send(post("/slow", "{}"));
    auto waiting = connect();
    waiting.send(post("/hook", "{}"));
    EXPECT_TRUE(waiting.is_silent_for(100ms));
    handler.let_go();
    EXPECT_EQ(busy.answer().value().status, 200u);
    EXPECT_EQ(waiting.answer().value().status, 200u);
}

TEST_F(LimitsTest, TheSlowestUnfinishedBodyIsGivenUpWhenMaxInflightIsReached) {
    settings.limits.max_inflight = 600_KiB;
    settings.threads = 2;
    start();
    const auto request = post("/hook", std::string(500'000, 'x'));
    auto slow = connect();
    slow.send(request.substr(0, 70'000));
    std::this_thread::sleep_for(700ms);
    auto quick = connect();
    quick.send(request);
    EXPECT_EQ(quick.answer().value().status, 200u);
    EXPECT_TRUE(slow.is_closed());
    EXPECT_EQ(count(*listener, Refusal::inflight), 1u);

    auto later = connect(); // what was taken is given back
    later.send(request);
    EXPECT_EQ(later.answer().value().status, 200u);
}

TEST_F(LimitsTest, ABodyThatHasJustBegunIsNotTakenForTheSlowest) {
    settings.limits.max_inflight = 500_KiB;
    start();
    std::vector<test::RawClient> stalled;
    for (int i = 0; i < 7; ++i) { // 64 KiB of room each: all there is
        stalled.push_back(connect());
        stalled.back().send(post("/hook", std::string(500'000, 'x')).substr(0, 50'000));
    }
    auto quick = connect();
    quick.send("GET /hook HTTP/1.1\r\nHost: x\r\n\r\n"); // what came before it is read when it is answered
    EXPECT_EQ(quick.answer().value().status, 200u);
    const auto request = post("/hook", std::string(100'000, 'x'));
    quick.send(request.substr(0, 5000)); // and the rest a little later: at first it seems slower than the others were
    std::this_thread::sleep_for(50ms);
    quick.send(request.substr(5000));
    EXPECT_EQ(quick.answer().value().status, 200u);
    EXPECT_TRUE(stalled.front().is_closed());
}

TEST_F(LimitsTest, AsManyBodiesAreGivenUpAsALargeOneTakes) {
    settings.limits.max_inflight = 600_KiB;
    start();
    std::vector<test::RawClient> small;
    for (int i = 0; i < 8; ++i) {
        small.push_back(connect());
        small.back().send(post("/hook", std::string(500'000, 'x')).substr(0, 20'000));
    }
    auto large = connect();
    large.send("GET /hook HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(large.answer().value().status, 200u);
    large.send(post("/hook", std::string(500'000, 'x')));
    EXPECT_EQ(large.answer().value().status, 200u);
    for (int i = 0; i < 7; ++i) EXPECT_TRUE(small[i].is_closed()) << i; // one of 64 KiB fits beside it
    EXPECT_EQ(count(*listener, Refusal::inflight), 7u);
}

TEST_F(LimitsTest, ABodyThatAloneIsBeyondMaxInflightIsGivenUp) {
    settings.limits.max_inflight = 100_KiB;
    start();
    auto client = connect();
    client.send(post("/hook", std::string(500'000, 'x')));
    EXPECT_TRUE(client.is_closed());
}

TEST_F(LimitsTest, ALineEndInTheQuotesOfAChunkExtensionIsRefused) {
    start();
    for (const char* quoted : {"\n", "\\\n", "\r\n", "\x01", "\x7f"}) {
        auto client = connect();
        client.send("POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"" + std::string(quoted) +
                    "\"\r\nb\r\n0\r\n\r\n");
        EXPECT_EQ(client.answer().value().status, 400u) << quoted;
        EXPECT_TRUE(client.is_closed());
    }
    EXPECT_EQ(handler.handled("/hook"), 0u);
}

TEST_F(LimitsTest, ASecondChunkExtensionTooManyIsRefused) {
    start();
    auto client = connect();
    std::string request("POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 100; ++i) request += "1;" + std::string(60, 'x') + "\r\na\r\n";
    client.send(request);
    EXPECT_EQ(client.answer().value().status, 400u);
    EXPECT_TRUE(client.is_closed());
}

TEST_F(LimitsTest, TrailersBeyondTheirWindowAreRefused) {
    start();
    auto client = connect();
    client.send("POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-T: " +
                std::string(70'000, 't') + "\r\n\r\n");
    EXPECT_EQ(client.answer().value().status, 431u);
}

} // namespace
} // namespace webhookd::http
