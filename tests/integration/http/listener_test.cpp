#include "integration/http/server.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <thread>

namespace webhookd::http {
namespace {

using namespace std::chrono_literals;

/// What holds on plain and on TLS alike.
class ServingTest : public ListenerTest, public testing::WithParamInterface<bool> {
protected:
    ServingTest() {
        if (GetParam()) use_tls();
        start();
    }
};
INSTANTIATE_TEST_SUITE_P(, ServingTest, testing::Bool(),
                         [](const auto& with) { return std::string(with.param ? "Tls" : "Plain"); });

TEST_P(ServingTest, AnswersRequestsOnOneConnection) {
    auto client = connect();
    for (int i = 0; i < 3; ++i) {
        client.send(post("/hook", "{}"));
        const auto answer = client.answer().value();
        EXPECT_EQ(answer.status, 200u);
        EXPECT_EQ(answer.body, "POST /hook 127.0.0.1 s {}");
        EXPECT_EQ(answer.header("Content-Type"), "text/plain");
        EXPECT_NE(answer.header("Date"), "");
        EXPECT_EQ(answer.header("Connection"), "");
    }
    EXPECT_EQ(listener->counters().accepted.value(), 1u);
    EXPECT_EQ(listener->counters().requests.value(), 3u);
}

TEST_P(ServingTest, ReadsARequestThatComesByteByByte) {
    auto client = connect();
    for (const char c : post("/hook", "{\"a\":1}")) client.send({&c, 1});
    EXPECT_EQ(client.answer().value().body, "POST /hook 127.0.0.1 s {\"a\":1}");
}

TEST_P(ServingTest, AnswersPipelinedRequestsInOrder) {
    auto client = connect();
    client.send(post("/a", "1") + post("/b", "22") + "GET /c HTTP/1.1\r\nHost: x\r\n\r\n" + post("/d", "4444"));
    EXPECT_EQ(client.answer().value().body, "POST /a 127.0.0.1 s 1");
    EXPECT_EQ(client.answer().value().body, "POST /b 127.0.0.1 s 22");
    EXPECT_EQ(client.answer().value().body, "GET /c 127.0.0.1  ");
    EXPECT_EQ(client.answer().value().body, "POST /d 127.0.0.1 s 4444");
}

TEST_P(ServingTest, ReadsBodiesOfEverySize) {
    auto client = connect();
    for (const std::size_t size : {0, 1, 3000, 4000, 4096, 5000, 16384, 70'000, 1 << 20}) {
        const std::string body(size, 'b');
        client.send(post("/hook", body));
        EXPECT_EQ(client.answer().value().body, "POST /hook 127.0.0.1 s " + body) << size;
    }
}

TEST_P(ServingTest, ReadsChunkedBodiesAndWhatFollowsThem) {
    auto client = connect();
    const std::string head = "POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.send(head + "3\r\nabc\r\n5;name=value\r\ndefgh\r\n0\r\nX-Signature: late\r\n\r\n" + post("/next", "n"));
    EXPECT_EQ(client.answer().value().body, "POST /hook 127.0.0.1  abcdefgh");
    EXPECT_EQ(client.answer().value().body, "POST /next 127.0.0.1 s n");

    const std::string large(100'000, 'c');
    client.send(head + "186a0\r\n" + large + "\r\n0\r\n\r\n");
    EXPECT_EQ(client.answer().value().body, "POST /hook 127.0.0.1  " + large);
}

TEST_P(ServingTest, ClosesWhenTheClientWantsThat) {
    auto client = connect();
    client.send(post("/hook", "{}", "Connection: close\r\n"));
    EXPECT_EQ(client.answer().value().header("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
}

TEST_P(ServingTest, ClosesAfterHttp10UnlessItIsToBeKept) {
    auto client = connect();
    client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(client.answer().value().header("Connection"), "keep-alive");
    client.send("GET /b HTTP/1.0\r\n\r\n");
    EXPECT_EQ(client.answer().value().body, "GET /b 127.0.0.1  ");
    EXPECT_TRUE(client.is_closed());
}

TEST_P(ServingTest, ClosesWhereBothIsAskedFor) {
    for (const std::string version : {"1.0", "1.1"}) {
        auto client = connect();
        client.send("GET /a HTTP/" + version + "\r\nHost: x\r\nConnection: keep-alive, Close\r\n\r\n");
        EXPECT_EQ(client.answer().value().header("Connection"), "close");
        EXPECT_TRUE(client.is_closed());
    }
}

TEST_P(ServingTest, AnswersHeadWithoutABody) {
    auto client = connect();
    client.send("HEAD /hook HTTP/1.1\r\nHost: x\r\n\r\n" + post("/next", "n"));
    EXPECT_EQ(client.answer(true).value().header("Content-Length"), "22");
    EXPECT_EQ(client.answer().value().body, "POST /next 127.0.0.1 s n");
}

TEST_P(ServingTest, AnAnswerToTheHeadKeepsTheConnectionWhereTheBodyIsHere) {
    auto client = connect();
    client.send(post("/missing", "body"));
    EXPECT_EQ(client.answer().value().status, 404u);
    client.send(post("/hook", "{}"));
    EXPECT_EQ(client.answer().value().status, 200u);
}

TEST_P(ServingTest, AnAnswerToTheHeadIsSeenAlthoughTheBodyIsStillComing) {
    auto client = connect();
    const auto request = post("/refused", std::string(60'000, 'x'));
    client.send(request.substr(0, 2000));
    const auto answer = client.answer().value();
    EXPECT_EQ(answer.status, 401u);
    EXPECT_EQ(answer.header("WWW-Authenticate"), "Test");
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(handler.handled("/refused"), 0u);
}

TEST_P(ServingTest, AnAnswerToTheHeadLooksAtTheChunksThatAreHere) {
    const std::string head = "POST /missing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    auto client = connect();
    client.send(head + "3\r\nabc\r\n0\r\n\r\n" + post("/hook", "{}"));
    EXPECT_EQ(client.answer().value().status, 404u);
    EXPECT_EQ(client.answer().value().status, 200u);
    client.send(head + "3\r\nabcdefgh\r\n");
    EXPECT_EQ(client.answer().value().status, 400u);
    EXPECT_TRUE(client.is_closed());

    auto half = connect(); // is not waited for
    half.send(head + "3\r\nab");
    EXPECT_EQ(half.answer().value().status, 404u);
    EXPECT_TRUE(half.is_closed());
}

TEST_P(ServingTest, ABodyBeyondTheHandlersLimitIsRefusedBeforeItIsRead) {
    handler.max_body = 100;
    auto client = connect();
    client.send(post("/hook", std::string(101, 'x')).substr(0, 150));
    EXPECT_EQ(client.answer().value().status, 413u);
    EXPECT_TRUE(client.is_closed());

    auto chunked = connect();
    chunked.send("POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'x') +
                 "\r\n25\r\n");
    EXPECT_EQ(chunked.answer().value().status, 413u);
    EXPECT_EQ(count(*listener, Refusal::body_too_large), 2u);
}

TEST_P(ServingTest, AsksForTheBodyThatWaitsToBeAskedFor) {
    auto client = connect();
    client.send("POST /hook HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(client.answer().value().status, 100u);
    client.send("{}");
    EXPECT_EQ(client.answer().value().body, "POST /hook 127.0.0.1  {}");

    client.send("POST /refused HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(client.answer().value().status, 401u); // and no 100 before
}

TEST_P(ServingTest, ClosesWithoutAnAnswerWhereTheHandlerSaysSo) {
    auto client = connect();
    client.send(post("/drop", "{}"));
    EXPECT_TRUE(client.is_closed());
}

TEST_P(ServingTest, AHandlerThatThrowsCostsItsRequestOnly) {
    auto client = connect();
    spdlog::set_level(spdlog::level::off); // what it says is expected here
    client.send(post("/throw", "{}"));
    EXPECT_EQ(client.answer().value().status, 500u);
    spdlog::set_level(spdlog::level::info);
    EXPECT_TRUE(client.is_closed());
    auto next = connect();
    next.send(post("/hook", "{}"));
    EXPECT_EQ(next.answer().value().status, 200u);
}

TEST_P(ServingTest, SendsALargeAnswerToASlowReader) {
    auto client = connect();
    client.send(post("/large", "") + post("/next", "n"));
    std::this_thread::sleep_for(50ms); // until the socket's buffers are full
    EXPECT_EQ(client.answer().value().body.size(), 8u << 20);
    EXPECT_EQ(client.answer().value().body, "POST /next 127.0.0.1 s n");
}

TEST_P(ServingTest, AClientThatGoesAwayLeavesNothingBehind) {
    {
        auto silent = connect();
        auto half = connect();
        half.send(post("/hook", "{}").substr(0, 20));
        auto reset = connect();
        reset.send(post("/hook", std::string(100, 'x')).substr(0, 150));
        reset.reset();
        wait_until_open(2);
    }
    wait_until_open(0);
    EXPECT_EQ(handler.handled("/hook"), 0u);
}

TEST_P(ServingTest, AnswersAClientThatHasFinishedSending) {
    auto client = connect();
    client.send(post("/hook", "{}"));
    client.shut_down_sending();
    EXPECT_EQ(client.answer().value().status, 200u);
    EXPECT_TRUE(client.is_closed());
}

TEST_P(ServingTest, ARefusalHoldsNothingOfTheRequest) {
    auto client = connect();
    client.send("GET /<canary> HTTP/1.1\r\nHost: canary\r\nX-canary : canary\r\n\r\n");
    const auto answer = client.answer().value();
    EXPECT_EQ(answer.status, 400u);
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(answer.body, R"({"type":"about:blank","title":"malformed request","status":400})");
    EXPECT_EQ(answer.head.find("canary"), std::string::npos);
    EXPECT_TRUE(client.is_closed());
}

} // namespace
} // namespace webhookd::http
