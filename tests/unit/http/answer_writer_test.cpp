#include "http/answer_writer.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace webhookd::http {
namespace {

/// The answer as it is sent, with its date made the same.
std::string written(const Answer& answer, AnswerWriter::Framing framing = {}) {
    AnswerWriter writer;
    std::string out;
    writer.write(out, answer, framing);
    static const std::regex date(R"(Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT)");
    return std::regex_replace(out, date, "Date: D");
}

TEST(AnswerWriterTest, WritesAnAnswer) {
    Answer answer;
    answer.body = "{}";
    EXPECT_EQ(written(answer),
              "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    answer.headers = "Allow: POST\r\n";
    answer.status = 405;
    EXPECT_EQ(written(answer, {.close = true}),
              "HTTP/1.1 405 Method Not Allowed\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
              "Connection: close\r\nAllow: POST\r\n\r\n{}");
}

TEST(AnswerWriterTest, AnAnswerWithoutABodyHasNoType) {
    Answer answer;
    EXPECT_EQ(written(answer), "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 0\r\n\r\n");
    answer.status = 204;
    EXPECT_EQ(written(answer), "HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n");
}

TEST(AnswerWriterTest, AHeadHasTheLengthOfTheBodyAndNotTheBody) {
    Answer answer;
    answer.body = "{}";
    EXPECT_EQ(written(answer, {.is_head = true}),
              "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n");
}

TEST(AnswerWriterTest, KeepingAConnectionIsSaidToHttp10Only) {
    EXPECT_EQ(written({}, {.is_http_1_0 = true}),
              "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(AnswerWriterTest, EveryRefusalThatIsAnsweredHasAStatusOfItsOwn) {
    for (std::size_t i = 0; i < refusal_names.size(); ++i) {
        const auto why = static_cast<Refusal>(i);
        const auto answer = answer_to(why);
        const bool is_answered = why != Refusal::inflight && why != Refusal::handshake &&
                                 why != Refusal::handshake_timeout && why != Refusal::proxy_header &&
                                 why != Refusal::made_room;
        EXPECT_EQ(answer.status != 500, is_answered) << refusal_names[i];
        EXPECT_TRUE(answer.close);
        EXPECT_EQ(answer.content_type, "application/problem+json");
    }
}

} // namespace
} // namespace webhookd::http
