#include "http/head_end.hpp"

#include <gtest/gtest.h>

#include <string>

namespace webhookd::http {
namespace {

using Found = HeadEnd::Found;

/// What is found when the bytes come all at once; the same must be found when they come one by one.
Found look(std::string_view bytes) {
    HeadEnd whole, single;
    const auto found = whole.look(bytes);
    auto last = Found::not_yet;
    for (std::size_t n = 0; n <= bytes.size() && last == Found::not_yet; ++n) last = single.look(bytes.substr(0, n));
    EXPECT_EQ(found, last) << bytes;
    if (found == Found::here) {
        EXPECT_EQ(whole.size(), single.size());
        EXPECT_EQ(whole.head(bytes), single.head(bytes));
    }
    return found;
}

TEST(HeadEndTest, FindsTheEmptyLine) {
    const std::string_view bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\nbody");
    EXPECT_EQ(look(bytes), Found::here);
    HeadEnd end;
    end.look(bytes);
    EXPECT_EQ(end.size(), bytes.size() - 4);
    EXPECT_EQ(end.head(bytes), "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
}

TEST(HeadEndTest, WaitsForIt) {
    for (const auto* bytes : {"", "G", "GET / HTTP/1.1\r", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r"})
        EXPECT_EQ(look(bytes), Found::not_yet) << bytes;
}

TEST(HeadEndTest, IgnoresOneEmptyLineBeforeTheRequest) {
    const std::string_view bytes("\r\nGET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(look(bytes), Found::here);
    HeadEnd end;
    end.look(bytes);
    EXPECT_EQ(end.head(bytes), "GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(end.size(), bytes.size());
    EXPECT_EQ(look("\r\n\r\nGET / HTTP/1.1\r\n\r\n"), Found::malformed);
}

TEST(HeadEndTest, RefusesWhatLenientParsersReadDifferently) {
    for (const auto* bytes : {
             "GET / HTTP/1.1\n",                     // bare line feed
             "GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", // in a field
             "\n",                                   // alone
             "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", // folded line
             "GET / HTTP/1.1\r\n\tA: b\r\n\r\n",     // folded request line
             " GET / HTTP/1.1\r\n\r\n",              // no method begins like this
             "\x16\x03\x01",                         // TLS
         })
        EXPECT_EQ(look(bytes), Found::malformed) << bytes;
}

TEST(HeadEndTest, BoundsTheNumberOfLines) {
    std::string bytes("GET / HTTP/1.1\r\n");
    for (unsigned i = 1; i < HeadEnd::max_lines; ++i) bytes += "A: b\r\n";
    EXPECT_EQ(look(bytes + "\r\n"), Found::here);
    EXPECT_EQ(look(bytes + "A: b\r\n\r\n"), Found::too_many_lines);
}

} // namespace
} // namespace webhookd::http
