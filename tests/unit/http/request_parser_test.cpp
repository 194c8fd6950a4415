#include "http/request_parser.hpp"

#include <gtest/gtest.h>

#include <string>

namespace webhookd::http {
namespace {

using Step = RequestParser::Step;

/// A request whose head is `head` without its last empty line.
struct Read {
    explicit Read(std::string head) : bytes(std::move(head) + "\r\n"), step(parser.read_head(bytes)) {}
    std::string bytes;
    RequestParser parser{"X-Signature"};
    Step step;
};

void expect_refused(const std::string& head, Refusal why = Refusal::malformed) {
    const Read read(head);
    EXPECT_EQ(read.step, Step::refused) << head;
    EXPECT_EQ(read.parser.why(), why) << head;
}

void expect_read(const std::string& head) {
    EXPECT_EQ(Read(head).step, Step::done) << head;
}

TEST(RequestParserTest, ReadsWhatTheHandlerNeeds) {
    Read read("POST /hook?a=1&b=2 HTTP/1.1\r\nhOsT:\tlocalhost:8443 \r\nContent-Type: application/json\r\n"
              "x-signature:  abc \r\nContent-Length: 12\r\nX-Other: 1\r\n");
    ASSERT_EQ(read.step, Step::done);
    const auto& head = read.parser.head();
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.path, "/hook");
    EXPECT_EQ(head.query, "a=1&b=2");
    EXPECT_EQ(head.content_type, "application/json");
    EXPECT_EQ(head.signature, "abc");
    EXPECT_EQ(head.signature_count, 1u);
    EXPECT_EQ(head.content_length, 12u);
    EXPECT_EQ(head.header("x-OTHER"), "1");
    EXPECT_EQ(head.header("X-Missing"), "");
    EXPECT_EQ(read.parser.head_size(), read.bytes.size());
    EXPECT_TRUE(read.parser.wants_keep_alive());
}

TEST(RequestParserTest, CountsSignaturesAndShowsTheFirst) {
    Read read("POST / HTTP/1.1\r\nHost: x\r\nX-Signature: a\r\nX-Signature: b\r\nX_Signature: c\r\n");
    EXPECT_EQ(read.parser.head().signature, "a");
    EXPECT_EQ(read.parser.head().signature_count, 2u);
}

TEST(RequestParserTest, NoBodyIsALengthOfZeroAndChunksAreNone) {
    EXPECT_EQ(Read("GET / HTTP/1.1\r\nHost: x\r\n").parser.head().content_length, 0u);
    Read chunked("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n");
    EXPECT_EQ(chunked.parser.head().content_length, std::nullopt);
    EXPECT_TRUE(chunked.parser.is_chunked());
}

TEST(RequestParserTest, RefusesEveryDoubtfulFraming) {
    const std::string post("POST / HTTP/1.1\r\nHost: x\r\n");
    for (const auto* fields : {
             "Content-Length: 5\r\nContent-Length: 5\r\n",
             "Content-Length: 5\r\nContent-Length: 6\r\n",
             "Content-Length: 5, 5\r\n",
             "Content-Length: +5\r\n",
             "Content-Length: -5\r\n",
             "Content-Length: 0x5\r\n",
             "Content-Length: 5 5\r\n",
             "Content-Length:\r\n",
             "Content-Length: 18446744073709551616\r\n",
             "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: chunked, chunked\r\n",
             "Transfer-Encoding: gzip, chunked\r\n",
             "Transfer-Encoding: chunked, identity\r\n",
             "Transfer-Encoding: identity\r\n",
             "Transfer-Encoding: xchunked\r\n",
             "Transfer-Encoding: \"chunked\"\r\n",
             "Transfer-Encoding: chunked;a=b\r\n",
             "Transfer-Encoding: \x0b"
             "chunked\r\n",
             "Transfer-Encoding:\r\n",
             "Content-Length : 5\r\n",
             "Content-Type: a/b\r\nContent-Type: c/d\r\n",
             "Connection: close;\x01\r\n",
         })
        expect_refused(post + fields);
    expect_refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n");
}

TEST(RequestParserTest, NeedsExactlyOneWellFormedHost) {
    expect_refused("GET / HTTP/1.1\r\n", Refusal::bad_host);
    expect_refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n", Refusal::bad_host);
    expect_refused("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n", Refusal::bad_host);
    for (const auto* host : {"", "a b", "a,b", "a@b", "a/b", "[::1", "[]", "[::1]x", "a:b", "a:1:2", "http://a", "a%"})
        expect_refused("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n", Refusal::bad_host);
    for (const auto* host : {"a", "a.example", "a_b-c.example.", "127.0.0.1:80", "[::1]", "[::1]:8443", "a:"})
        expect_read("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n");
    expect_read("GET / HTTP/1.0\r\n");
}

TEST(RequestParserTest, TakesTheFormsOfATargetThatMakeSense) {
    const auto read = [](std::string target, std::string method = "POST") {
        return Read(method + " " + target + " HTTP/1.1\r\nHost: x\r\n");
    };
    EXPECT_EQ(read("http://other.example/hook?x").parser.head().path, "/hook");
    EXPECT_EQ(read("HTTPS://other.example?x").parser.head().path, "/");
    EXPECT_EQ(read("*", "OPTIONS").parser.head().path, "*");
    EXPECT_EQ(read("/%41").parser.head().path, "/%41"); // compared as it is
    for (const auto* target : {"*", "hook", "example.com:443", "ftp://a/b", "http://", "http://a b/", "/a#b", "/a\x80",
                               "/%", "/%4", "/%zz", "/a\"b", "http://user@a/"})
        EXPECT_EQ(read(target).step, Step::refused) << target;
}

TEST(RequestParserTest, TellsOtherVersionsFromNonsense) {
    expect_refused("GET / HTTP/2.0\r\nHost: x\r\n", Refusal::version);
    expect_refused("GET / HTTP/1.2\r\nHost: x\r\n", Refusal::version);
    for (const auto* line :
         {"GET /", "GET / HTTP/1", "GET / HTTP/1.10", "GET / HTTP/11", "GET / http/1.1", "GET  / HTTP/1.1",
          "GET / HTTP/1.1 ", "GET\t/\tHTTP/1.1", "Extra linePOST / HTTP/1.1", "GET / HTTP/\r1.1"})
        expect_refused(line + std::string("\r\nHost: x\r\n"));
}

TEST(RequestParserTest, UnderstandsOneExpectation) {
    EXPECT_TRUE(Read("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\n").parser.expects_continue());
    EXPECT_FALSE(Read("POST / HTTP/1.0\r\nHost: x\r\nExpect: 100-continue\r\n").parser.expects_continue());
    expect_refused("POST / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n", Refusal::expectation);
}

TEST(RequestParserTest, RefusesCompressedBodies) {
    expect_refused("POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n", Refusal::content_coding);
    expect_read("POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: identity\r\n");
}

TEST(RequestParserTest, KeepsConnectionsAsTheVersionAndTheClientSay) {
    EXPECT_FALSE(Read("GET / HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n").parser.wants_keep_alive());
    EXPECT_FALSE(Read("GET / HTTP/1.1\r\nHost: x\r\nConnection: a, close\r\n").parser.wants_keep_alive());
    EXPECT_FALSE(Read("GET / HTTP/1.0\r\n").parser.wants_keep_alive());
    EXPECT_TRUE(Read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n").parser.wants_keep_alive());
}

class ChunksTest : public testing::Test {
protected:
    /// Feeds the chunks in pieces of `piece` bytes; what is left over goes first the next time.
    Step read(std::string_view chunks, std::size_t piece, std::uint64_t max_body = 1000) {
        body.consume(body.size());
        parser.emplace("X-Signature");
        EXPECT_EQ(parser->read_head(head), Step::done);
        std::string window;
        for (std::size_t at = 0; at < chunks.size(); at += piece) {
            window += chunks.substr(at, piece);
            std::size_t used = 0;
            const auto step = parser->read_chunks(window, used, body, max_body);
            window.erase(0, used);
            left_over = window + std::string(chunks.substr(std::min(at + piece, chunks.size())));
            if (step != Step::more) return step;
        }
        return Step::more;
    }

    const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::optional<RequestParser> parser;
    Buffer body;
    std::string left_over;
};

TEST_F(ChunksTest, AreDecodedHoweverTheyArrive) {
    const std::string_view chunks("3\r\nabc\r\n0A;x=y\r\n0123456789\r\n000\r\nTrailer: t\r\n\r\nnext");
    for (std::size_t piece = 1; piece <= chunks.size(); ++piece) {
        ASSERT_EQ(read(chunks, piece), Step::done) << piece;
        EXPECT_EQ(body.view(), "abc0123456789") << piece;
        EXPECT_EQ(left_over, "next") << piece;
    }
}

TEST_F(ChunksTest, ATrailerIsNeverTakenForAHeader) {
    ASSERT_EQ(read("0\r\nX-Signature: late\r\nHost: other\r\n\r\n", 100), Step::done);
    EXPECT_EQ(parser->head().signature_count, 0u);
    EXPECT_EQ(parser->head().header("X-Signature"), "");
}

TEST_F(ChunksTest, MalformedOnesAreRefused) {
    for (const auto* chunks : {"-1\r\n", "+1\r\na\r\n", " 1\r\na\r\n", "0x1\r\na\r\n", "1\r\nab\r\n", "1\na\n", "g\r\n",
                               "1;a=\x01\r\na\r\n", "10000000000000000\r\n", "1 \r\na\r\n", "\r\n"}) {
        EXPECT_EQ(read(chunks, 1), Step::refused) << chunks;
        EXPECT_EQ(parser->why(), Refusal::malformed) << chunks;
    }
}

TEST_F(ChunksTest, TheirSumIsBoundedBeforeTheyArrive) {
    EXPECT_EQ(read("8\r\n12345678\r\n3\r\n", 100, 10), Step::refused);
    EXPECT_EQ(parser->why(), Refusal::body_too_large);
    EXPECT_EQ(read("ffffffffffffffff\r\n", 100, 10), Step::refused);
    EXPECT_EQ(parser->why(), Refusal::body_too_large);
    EXPECT_EQ(read("8\r\n12345678\r\n2\r\n90\r\n0\r\n\r\n", 100, 10), Step::done);
}

TEST_F(ChunksTest, TheirExtensionsAreBoundedTogether) {
    std::string chunks;
    for (int i = 0; i < 100; ++i) chunks += "1;" + std::string(60, 'x') + "\r\na\r\n";
    EXPECT_EQ(read(chunks, 100), Step::refused);
}

} // namespace
} // namespace webhookd::http
