#include "sinks/redis/resp.hpp"

namespace webhookd::sinks::redis {
namespace {

TEST(RedisProtocol, WritesCommandsThatHoldAnyBytes) {
    std::string out;
    append_command(out, {"SET", "k\r\n", ""});
    EXPECT_EQ(out, "*3\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$0\r\n\r\n");
}

TEST(RedisProtocol, ReadsEachKindOfReply) {
    const std::tuple<std::string_view, Reply::Kind, std::string_view> cases[] = {
        {"+OK\r\n", Reply::Kind::text, "OK"},          {":42\r\n", Reply::Kind::text, "42"},
        {"-ERR no\r\n", Reply::Kind::error, "ERR no"}, {"$5\r\na\r\nbc\r\n", Reply::Kind::text, "a\r\nbc"},
        {"$0\r\n\r\n", Reply::Kind::text, ""},         {"$-1\r\n", Reply::Kind::none, ""}};
    for (const auto& [bytes, kind, text] : cases) {
        Reply reply;
        const auto received = std::string(bytes) + "rest"; // the reply points into it
        ASSERT_EQ(parse_reply(received, reply), Parse::whole) << bytes;
        EXPECT_EQ(reply.kind, kind);
        EXPECT_EQ(reply.text, text);
        EXPECT_EQ(reply.length, bytes.size());
        for (std::size_t cut = 0; cut < bytes.size(); ++cut)
            EXPECT_EQ(parse_reply(bytes.substr(0, cut), reply), Parse::partial) << bytes << " cut at " << cut;
    }
}

TEST(RedisProtocol, RefusesWhatIsNoReply) {
    Reply reply;
    for (const auto* bytes : {"HTTP/1.1 400\r\n", "$x\r\n", "$-2\r\n", "$99999999999\r\n", "$1\r\nabc\r\n", "*1\r\n"})
        EXPECT_EQ(parse_reply(bytes, reply), Parse::malformed) << bytes;
}

TEST(RedisProtocol, TellsAServerInTroubleFromABadCommand) {
    EXPECT_TRUE(concerns_all("LOADING Redis is loading the dataset in memory"));
    EXPECT_TRUE(concerns_all("OOM command not allowed when used memory > 'maxmemory'."));
    EXPECT_FALSE(concerns_all("ERR unknown command"));
    EXPECT_FALSE(concerns_all("BUSYBODY"));
}

TEST(RedisProtocol, ReadsUrls) {
    const auto location = parse_url("rediss://user:p%40ss@redis.internal:7000/3").value();
    EXPECT_TRUE(location.tls);
    EXPECT_EQ(location.host, "redis.internal");
    EXPECT_EQ(location.port, "7000");
    EXPECT_EQ(location.user, "user");
    EXPECT_EQ(location.password, "p@ss");
    EXPECT_EQ(location.database, "3");
    EXPECT_EQ(parse_url("redis://[::1]")->host, "::1");
    EXPECT_EQ(parse_url("redis://h")->port, "6379");
    for (const auto* text : {"", "http://h", "redis://", "redis://h/x", "redis://h/1/2"})
        EXPECT_FALSE(parse_url(text)) << text;
}

} // namespace
} // namespace webhookd::sinks::redis
