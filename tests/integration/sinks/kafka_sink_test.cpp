#include "sinks/kafka/kafka_sink.hpp"

#include "sinks/kafka/settings.hpp"
#include "support/mock_kafka.hpp"
#include "support/sink_fixture.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace webhookd::sinks {
namespace {

using kafka::Settings;
using sink::Outcome;

class KafkaSinkTest : public test::SinkFixture {
protected:
    Settings settings() const {
        Settings made;
        made.brokers = {cluster.brokers()};
        made.timeout = std::chrono::seconds(2);
        return made;
    }
    void use_and_open(Settings settings) {
        make(kafka_sink, std::move(settings));
        const auto opened = open();
        ASSERT_TRUE(opened) << opened.error().why;
    }
    /// Until one gets through, with a bound; what the last try came to.
    Result<void, sink::Away> open_again() {
        auto opened = open();
        for (int i = 0; i < 5 && !opened; ++i) opened = open();
        return opened;
    }
    std::vector<std::string> bodies(std::size_t count) {
        std::vector<std::string> all;
        for (auto& message : cluster.read("flagsmith", count)) all.push_back(std::move(message.body));
        return all;
    }

    test::MockKafka cluster;
};

TEST_F(KafkaSinkTest, ProducesInOrderWithTheFlagAsKey) {
    cluster.make_topic("flagsmith", 4);
    use_and_open(settings());
    for (int i = 0; i < 500; ++i) event(std::to_string(i), i % 2 == 0 ? "even" : "odd");
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes) << outcomes.error().why;
    EXPECT_EQ(outcomes->size(), 500u);
    std::map<std::string, std::vector<int>> found;
    std::map<std::string, std::set<int>> partitions;
    for (const auto& message : cluster.read("flagsmith", 500)) {
        found[message.key].push_back(std::stoi(message.body));
        partitions[message.key].insert(message.partition);
    }
    ASSERT_EQ(found.size(), 2u);
    for (const auto& [key, numbers] : found) {
        EXPECT_EQ(numbers.size(), 250u);
        EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
        EXPECT_EQ(partitions[key].size(), 1u) << "one flag keeps its order";
    }
}

TEST_F(KafkaSinkTest, NothingIsDoubledByABrokerThatAnswersWithErrors) {
    cluster.make_topic("flagsmith", 1);
    use_and_open(settings());
    cluster.fail_next_produce({RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT});
    for (int i = 0; i < 100; ++i) event(std::to_string(i));
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes) << outcomes.error().why;
    EXPECT_EQ(outcomes->size(), 100u);
    std::vector<std::string> expected;
    for (int i = 0; i < 100; ++i) expected.push_back(std::to_string(i));
    EXPECT_EQ(bodies(100), expected);
}

TEST_F(KafkaSinkTest, IsAwayWhenTheClusterIsAndGoesOnAfterwards) {
    cluster.make_topic("flagsmith", 1);
    use_and_open(settings());
    deliver("1");
    cluster.go_down();
    event("2");
    const auto away = deliver();
    ASSERT_FALSE(away);
    EXPECT_TRUE(away.error().why.starts_with("Kafka: ")) << away.error().why;
    const auto closed = open();
    ASSERT_FALSE(closed);
    EXPECT_TRUE(closed.error().why.starts_with("Kafka: no broker answers")) << closed.error().why;
    cluster.come_up();
    const auto opened = open_again();
    ASSERT_TRUE(opened) << opened.error().why;
    deliver("2");
    auto found = bodies(2);
    found.erase(std::unique(found.begin(), found.end()), found.end()); // a repeat may be among them
    EXPECT_EQ(found, (std::vector<std::string>{"1", "2"}));
}

TEST_F(KafkaSinkTest, AMessageThatIsTooLargeIsRejectedAlone) {
    cluster.make_topic("flagsmith", 1);
    auto small = settings();
    small.properties["message.max.bytes"] = "2000";
    use_and_open(small);
    event("1");
    event(std::string(5000, 'x'));
    event("2");
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes) << outcomes.error().why;
    ASSERT_EQ(outcomes->size(), 3u);
    EXPECT_EQ((*outcomes)[1].kind, Outcome::Kind::reject);
    EXPECT_EQ(bodies(2), (std::vector<std::string>{"1", "2"}));
}

TEST_F(KafkaSinkTest, ARefusalOfManyAtOnceIsHeldAgainstNoneOfThem) {
    cluster.make_topic("flagsmith", 1);
    use_and_open(settings());
    cluster.fail_next_produce({RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) expected.push_back(std::to_string(i));
    std::size_t delivered = 0;
    for (int tries = 0; delivered < expected.size() && tries < 20; ++tries) {
        for (auto i = delivered; i < expected.size(); ++i) event(expected[i]);
        const auto outcomes = deliver();
        if (!outcomes) { // the idempotent producer may have to be made anew
            ASSERT_TRUE(open_again());
            continue;
        }
        for (const auto& outcome : *outcomes) EXPECT_EQ(outcome.kind, Outcome::Kind::delivered) << outcome.why;
        delivered += outcomes->size();
    }
    EXPECT_EQ(bodies(20), expected);
}

TEST_F(KafkaSinkTest, ATopicThatWeMayNotWriteToIsNamed) {
    cluster.make_topic("flagsmith", 1);
    cluster.set_topic_error("flagsmith", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    make(kafka_sink, settings());
    const auto refused = open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().why, "topic flagsmith: Kafka: Broker: Topic authorization failed");
}

TEST_F(KafkaSinkTest, APropertyThatTheLibraryDoesNotTakeIsNamedWithoutItsValue) {
    auto wrong = settings();
    wrong.properties["sasl.mechanismus"] = "s3cret";
    try {
        make(kafka_sink, wrong);
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "properties.sasl.mechanismus: librdkafka does not take it");
    }
}

TEST_F(KafkaSinkTest, ACallCanBeCancelledWhileTheClusterIsAway) {
    cluster.make_topic("flagsmith", 1);
    use_and_open(settings());
    cluster.go_down();
    event("1");
    EXPECT_TRUE(deliver_and_cancel());
    cluster.come_up();
    const auto opened = open_again();
    ASSERT_TRUE(opened) << opened.error().why;
    deliver("1");
}

} // namespace
} // namespace webhookd::sinks
