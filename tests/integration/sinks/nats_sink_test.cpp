#include "sinks/nats/nats_sink.hpp"

#include "sinks/nats/settings.hpp"
#include "support/server_process.hpp"
#include "support/sink_fixture.hpp"

#include <nats/nats.h>

namespace webhookd::sinks {
namespace {

using nats::Settings;
using sink::Outcome;

/// A client of the server's for the test itself.
class Client {
public:
    explicit Client(std::uint16_t port, const std::string& user = "") {
        const auto url = "nats://" + user + "127.0.0.1:" + std::to_string(port);
        if (::natsConnection_ConnectTo(&connection_, url.c_str()) != NATS_OK) throw std::runtime_error("nats-server");
        ::natsConnection_JetStream(&context_, connection_, nullptr);
    }
    ~Client() {
        ::jsCtx_Destroy(context_);
        ::natsConnection_Destroy(connection_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void make_stream(const char* subject = "flagsmith.>", std::int64_t most_messages = -1, int most_bytes = -1) {
        jsStreamConfig config;
        ::jsStreamConfig_Init(&config);
        config.Name = "FLAGSMITH";
        config.Subjects = &subject;
        config.SubjectsLen = 1;
        config.MaxMsgs = most_messages;
        config.MaxMsgSize = most_bytes;
        config.Discard = js_DiscardNew;
        const auto status = ::js_AddStream(nullptr, context_, &config, nullptr, nullptr);
        if (status != NATS_OK) throw std::runtime_error(::natsStatus_GetText(status));
    }
    struct Message {
        std::string subject, body, id;
    };
    std::vector<Message> messages() {
        jsStreamInfo* info = nullptr;
        if (::js_GetStreamInfo(&info, context_, "FLAGSMITH", nullptr, nullptr) != NATS_OK) return {};
        const auto last = info->State.LastSeq;
        ::jsStreamInfo_Destroy(info);
        std::vector<Message> all;
        for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
            natsMsg* message = nullptr;
            if (::js_GetMsg(&message, context_, "FLAGSMITH", sequence, nullptr, nullptr) != NATS_OK) continue;
            const char* id = nullptr;
            ::natsMsgHeader_Get(message, "Nats-Msg-Id", &id);
            all.push_back({::natsMsg_GetSubject(message),
                           {::natsMsg_GetData(message), static_cast<std::size_t>(::natsMsg_GetDataLength(message))},
                           id != nullptr ? id : ""});
            ::natsMsg_Destroy(message);
        }
        return all;
    }

private:
    natsConnection* connection_ = nullptr;
    jsCtx* context_ = nullptr;
};

class NatsSinkTest : public test::SinkFixture {
protected:
    void serve(std::vector<std::string> more = {"-js"}) {
        const auto port = test::free_port();
        std::vector<std::string> command{
            "nats-server", "-a", "127.0.0.1", "-p", std::to_string(port), "-sd", directory.path().string()};
        command.insert(command.end(), more.begin(), more.end());
        server.emplace(std::move(command), port);
    }
    Settings settings(const std::string& user = "") const {
        Settings made;
        made.servers = {"nats://" + user + "127.0.0.1:" + std::to_string(server->port())};
        made.timeout = std::chrono::seconds(2);
        return made;
    }
    void use_and_open(Settings settings) {
        make(nats_sink, std::move(settings));
        const auto opened = open();
        ASSERT_TRUE(opened) << opened.error().why;
    }
    std::vector<std::string> bodies() {
        std::vector<std::string> all;
        for (auto& message : Client(server->port()).messages()) all.push_back(std::move(message.body));
        return all;
    }

    test::TemporaryDirectory directory;
    std::optional<test::ServerProcess> server;
};

TEST_F(NatsSinkTest, PublishesInOrderWithTheIdOfEachEvent) {
    serve();
    Client client(server->port());
    client.make_stream();
    use_and_open(settings());
    for (int i = 0; i < 500; ++i) event(std::to_string(i));
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes) << outcomes.error().why;
    EXPECT_EQ(outcomes->size(), 500u);
    const auto messages = client.messages(); // all are there: delivered means acknowledged
    ASSERT_EQ(messages.size(), 500u);
    for (std::size_t i = 0; i < messages.size(); ++i) {
        ASSERT_EQ(messages[i].body, std::to_string(i));
        ASSERT_EQ(messages[i].id, to_string(content_id(messages[i].body)));
        ASSERT_EQ(messages[i].subject, "flagsmith.events");
    }
}

TEST_F(NatsSinkTest, TheServerDropsARepeat) {
    serve();
    Client client(server->port());
    client.make_stream();
    use_and_open(settings());
    deliver("1");
    deliver("1");
    deliver("2");
    EXPECT_EQ(bodies(), (std::vector<std::string>{"1", "2"}));
}

TEST_F(NatsSinkTest, ValuesInASubjectAreOneTokenEach) {
    serve();
    Client client(server->port());
    client.make_stream();
    auto with_flag = settings();
    with_flag.subject = "flagsmith.{environment}.{flag}";
    use_and_open(with_flag);
    event("1", "plain");
    event("2", "a.b *>c");
    ASSERT_TRUE(deliver());
    const auto messages = client.messages();
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(messages[0].subject, "flagsmith.Production.plain");
    EXPECT_EQ(std::count(messages[1].subject.begin(), messages[1].subject.end(), '.'), 2);
    EXPECT_EQ(messages[1].subject.find_first_of("*> "), std::string::npos);
}

TEST_F(NatsSinkTest, ASubjectThatIsTooLongIsRejectedAlone) {
    serve();
    Client client(server->port());
    client.make_stream();
    auto with_flag = settings();
    with_flag.subject = "flagsmith.{flag}";
    use_and_open(with_flag);
    event("1", "a");
    event("2", std::string(5000, 'b'));
    event("3", "c");
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes) << outcomes.error().why;
    ASSERT_EQ(outcomes->size(), 3u);
    EXPECT_EQ((*outcomes)[1].kind, Outcome::Kind::reject);
    EXPECT_EQ(client.messages().size(), 2u);
}

TEST_F(NatsSinkTest, ASubjectThatNoStreamTakesIsNamedAndNoEventIsCharged) {
    serve();
    use_and_open(settings());
    event("1");
    const auto outcomes = deliver();
    ASSERT_FALSE(outcomes);
    EXPECT_EQ(outcomes.error().why, "NATS: no stream takes the subject flagsmith.events");
    Client(server->port()).make_stream();
    deliver("1");
}

TEST_F(NatsSinkTest, WhatTheStreamRefusesForItsSizeIsRejectedAlone) {
    serve();
    Client client(server->port());
    client.make_stream("flagsmith.>", -1, 1000);
    use_and_open(settings());
    event("1");
    event(std::string(2000, 'x'));      // the stream's limit
    event(std::string(2'000'000, 'x')); // the server's
    event("2");
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes) << outcomes.error().why;
    ASSERT_EQ(outcomes->size(), 4u);
    EXPECT_EQ((*outcomes)[0].kind, Outcome::Kind::delivered);
    EXPECT_EQ((*outcomes)[1].kind, Outcome::Kind::reject);
    EXPECT_EQ((*outcomes)[2].kind, Outcome::Kind::reject);
    EXPECT_EQ((*outcomes)[3].kind, Outcome::Kind::delivered);
    EXPECT_EQ(bodies(), (std::vector<std::string>{"1", "2"}));
}

TEST_F(NatsSinkTest, AFullStreamIsAwayAndWhatItTookBeforeCounts) {
    serve();
    Client client(server->port());
    client.make_stream("flagsmith.>", 3);
    use_and_open(settings());
    for (int i = 0; i < 5; ++i) event(std::to_string(i));
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes) << outcomes.error().why;
    EXPECT_EQ(outcomes->size(), 3u);
    event("3");
    const auto full = deliver();
    ASSERT_FALSE(full);
    EXPECT_NE(full.error().why.find("maximum messages exceeded"), std::string::npos) << full.error().why;
}

TEST_F(NatsSinkTest, IsAwayWhenTheServerIsAndGoesOnAfterwards) {
    serve();
    Client(server->port()).make_stream();
    use_and_open(settings());
    deliver("1");
    server->stop();
    event("2");
    EXPECT_FALSE(deliver());
    EXPECT_FALSE(open());
    server->start();
    ASSERT_TRUE(open());
    deliver("2");
    EXPECT_EQ(bodies(), (std::vector<std::string>{"1", "2"}));
}

TEST_F(NatsSinkTest, AServerThatDoesNotLetUsInSaysSoWithoutThePassword) {
    serve({"-js", "--user", "webhookd", "--pass", "s3cret"});
    use_and_open(settings("webhookd:s3cret@"));
    make(nats_sink, settings("webhookd:wr0ng@"));
    const auto refused = open();
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().why.find("Authentication Violation"), std::string::npos) << refused.error().why;
    EXPECT_EQ(refused.error().why.find("wr0ng"), std::string::npos) << refused.error().why;
}

TEST_F(NatsSinkTest, ACallCanBeCancelledWhileTheServerSaysNothing) {
    serve();
    Client(server->port()).make_stream();
    use_and_open(settings());
    server->freeze();
    event("1");
    const auto failure = deliver_and_cancel();
    EXPECT_TRUE(failure);
    server->thaw();
    ASSERT_TRUE(open());
    deliver("1");
    EXPECT_EQ(bodies(), std::vector<std::string>{"1"});
}

} // namespace
} // namespace webhookd::sinks
