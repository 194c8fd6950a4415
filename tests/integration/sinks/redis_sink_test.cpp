#include "sinks/redis/redis_sink.hpp"

#include "app/self_signed.hpp"
#include "sinks/redis/resp.hpp"
#include "sinks/redis/settings.hpp"
#include "support/server_process.hpp"
#include "support/sink_fixture.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/net/connection.hpp"

namespace webhookd::sinks {
namespace {

using redis::Settings;
using sink::Outcome;

class RedisSinkTest : public test::SinkFixture {
protected:
    void serve(std::vector<std::string> more = {}) {
        const auto port = test::free_port();
        std::vector<std::string> command{
            "redis-server",           "--port", std::to_string(port), "--bind", "127.0.0.1", "--save", "", "--dir",
            directory.path().string()};
        command.insert(command.end(), more.begin(), more.end());
        server.emplace(std::move(command), port);
    }
    void use(Settings settings = {}) {
        if (settings.url == Settings().url) settings.url = "redis://127.0.0.1:" + std::to_string(server->port());
        make(redis_sink, std::move(settings));
    }
    void use_and_open(Settings settings = {}) {
        use(std::move(settings));
        const auto opened = open();
        ASSERT_TRUE(opened) << opened.error().why;
    }
    /// What the server answers to a command that has a simple answer.
    std::string ask(std::initializer_list<std::string_view> words) {
        net::Connection connection(context_.get_executor());
        EXPECT_TRUE(test::run(context_, connection.connect("127.0.0.1", std::to_string(server->port()))));
        std::string command, answer;
        redis::append_command(command, words);
        test::run(context_, connection.write(command));
        redis::Reply reply;
        while (redis::parse_reply(answer, reply) == redis::Parse::partial)
            if (test::run(context_, connection.read_some(answer))) break;
        return std::string(reply.text);
    }

    test::TemporaryDirectory directory;
    std::optional<test::ServerProcess> server;
};

TEST_F(RedisSinkTest, AddsAnEntryForEachEvent) {
    serve();
    use_and_open();
    for (int i = 0; i < 1000; ++i) event(std::to_string(i));
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes) << outcomes.error().why;
    EXPECT_EQ(outcomes->size(), 1000u);
    deliver("last");
    EXPECT_EQ(ask({"XLEN", "flagsmith"}), "1001");
    const auto script = "local e = redis.call('XREVRANGE', 'flagsmith', '+', '-', 'COUNT', 1)[1][2] "
                        "return table.concat(e, '|')";
    EXPECT_EQ(ask({"EVAL", script, "0"}),
              "id|" + to_string(content_id("last")) +
                  "|type|com.flagsmith.flag.updated|flag|checkout_v2|environment|Production|event|last");
}

TEST_F(RedisSinkTest, KeepsTheStreamShort) {
    serve();
    Settings settings;
    settings.max_length = 100;
    use_and_open(settings);
    for (int i = 0; i < 5000; ++i) event("x");
    ASSERT_TRUE(deliver());
    EXPECT_LT(std::stoi(ask({"XLEN", "flagsmith"})), 500); // about 100: whole nodes go
}

TEST_F(RedisSinkTest, SignsInAndChoosesTheDatabase) {
    serve({"--requirepass", "s3cret p@ss"});
    Settings settings;
    settings.url = "redis://:s3cret%20p%40ss@127.0.0.1:" + std::to_string(server->port()) + "/5";
    use_and_open(settings);
    deliver("1");
    settings.url = "redis://:wrong@127.0.0.1:" + std::to_string(server->port());
    use(settings);
    const auto refused = open();
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().why.starts_with("Redis: WRONGPASS")) << refused.error().why;
}

TEST_F(RedisSinkTest, IsAwayWhenTheServerIsAndGoesOnAfterwards) {
    serve();
    use_and_open();
    deliver("1");
    server->stop();
    event("2");
    EXPECT_FALSE(deliver());
    EXPECT_FALSE(open());
    server->start();
    ASSERT_TRUE(open());
    deliver("2");
}

TEST_F(RedisSinkTest, AServerThatIsFullIsAway) {
    serve({"--maxmemory", "1"});
    use_and_open();
    event("1");
    const auto outcomes = deliver();
    ASSERT_FALSE(outcomes);
    EXPECT_TRUE(outcomes.error().why.starts_with("Redis: OOM")) << outcomes.error().why;
}

TEST_F(RedisSinkTest, AKeyOfAnotherTypeIsAway) {
    serve();
    ask({"SET", "flagsmith", "text"});
    use_and_open();
    event("1");
    EXPECT_FALSE(deliver());
}

TEST_F(RedisSinkTest, SpeaksThroughTls) {
    const auto identity = app::make_self_signed();
    const auto certificate = directory.path() / "c.pem", key = directory.path() / "k.pem";
    ASSERT_TRUE(replace_file(certificate, identity.certificate));
    ASSERT_TRUE(replace_file(key, identity.key));
    const auto port = test::free_port();
    server.emplace(std::vector<std::string>{"redis-server", "--port", "0", "--tls-port", std::to_string(port),
                                            "--tls-cert-file", certificate.string(), "--tls-key-file", key.string(),
                                            "--tls-auth-clients", "no", "--bind", "127.0.0.1", "--save", "", "--dir",
                                            directory.path().string()},
                   port);
    Settings settings;
    settings.url = "rediss://127.0.0.1:" + std::to_string(port);
    settings.ca = certificate;
    use_and_open(settings);
    deliver("1");
    settings.ca.clear();
    use(settings);
    EXPECT_FALSE(open());
}

} // namespace
} // namespace webhookd::sinks
