#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace webhookd::test {

/// librdkafka's own cluster of three brokers, in threads of this process. It keeps the last 5 MB of each partition: who
/// reads too slowly is told so by an exception.
class MockKafka {
public:
    struct Message {
        int partition = 0;
        std::string key, body;
    };

    MockKafka() : host_(make(RD_KAFKA_PRODUCER, {})), cluster_(::rd_kafka_mock_cluster_new(host_.get(), broker_count)) {
        if (!cluster_) throw std::runtime_error("the mock cluster cannot be made");
    }
    std::string brokers() const { return ::rd_kafka_mock_cluster_bootstraps(cluster_.get()); }
    void make_topic(const char* name, int partitions) {
        ::rd_kafka_mock_topic_create(cluster_.get(), name, partitions, broker_count);
    }
    void set_topic_error(const char* name, rd_kafka_resp_err_t error) {
        ::rd_kafka_mock_topic_set_error(cluster_.get(), name, error);
    }
    void fail_next_produce(const std::vector<rd_kafka_resp_err_t>& errors) {
        constexpr std::int16_t produce = 0;
        ::rd_kafka_mock_push_request_errors_array(cluster_.get(), produce, errors.size(), errors.data());
    }
    void go_down() {
        for (int id = 1; id <= broker_count; ++id) ::rd_kafka_mock_broker_set_down(cluster_.get(), id);
    }
    void come_up() {
        for (int id = 1; id <= broker_count; ++id) ::rd_kafka_mock_broker_set_up(cluster_.get(), id);
    }

    /// Calls `take` with each message of a topic from its beginning, partition by partition in their order, until it
    /// says false or nothing came for `patience`.
    template <class Take>
    void consume(const char* name, std::chrono::milliseconds patience, Take take) {
        const auto consumer = make(RD_KAFKA_CONSUMER, brokers());
        ::rd_kafka_poll_set_consumer(consumer.get());
        const std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&::rd_kafka_topic_partition_list_destroy)> list(
            ::rd_kafka_topic_partition_list_new(1), ::rd_kafka_topic_partition_list_destroy);
        for (int partition = 0; partition < partitions_of(consumer.get(), name); ++partition)
            ::rd_kafka_topic_partition_list_add(list.get(), name, partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
        ::rd_kafka_assign(consumer.get(), list.get());
        for (bool goes_on = true; goes_on;) {
            const std::unique_ptr<rd_kafka_message_t, decltype(&::rd_kafka_message_destroy)> message(
                ::rd_kafka_consumer_poll(consumer.get(), static_cast<int>(patience.count())),
                ::rd_kafka_message_destroy);
            if (!message) break;
            if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
                throw std::runtime_error("the mock cluster has forgotten messages that were not read yet");
            if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
            goes_on = take(Message{message->partition,
                                   {static_cast<const char*>(message->key), message->key_len},
                                   {static_cast<const char*>(message->payload), message->len}});
        }
        ::rd_kafka_consumer_close(consumer.get());
    }
    /// The first `count` messages, or fewer where no more come.
    std::vector<Message> read(const char* name, std::size_t count) {
        std::vector<Message> all;
        consume(name, std::chrono::seconds(10), [&](Message message) {
            all.push_back(std::move(message));
            return all.size() < count;
        });
        return all;
    }

private:
    static constexpr int broker_count = 3;
    struct Destroy {
        void operator()(rd_kafka_t* handle) const noexcept { ::rd_kafka_destroy(handle); }
        void operator()(rd_kafka_mock_cluster_t* cluster) const noexcept { ::rd_kafka_mock_cluster_destroy(cluster); }
    };
    using Handle = std::unique_ptr<rd_kafka_t, Destroy>;

    static Handle make(rd_kafka_type_t type, const std::string& brokers) {
        char why[256];
        auto* configuration = ::rd_kafka_conf_new();
        const auto set = [&](const char* name, const std::string& value) {
            ::rd_kafka_conf_set(configuration, name, value.c_str(), why, sizeof why);
        };
        if (!brokers.empty()) set("bootstrap.servers", brokers);
        set("log_level", "0");
        set("reconnect.backoff.max.ms", "500");
        if (type == RD_KAFKA_CONSUMER) {
            set("group.id", "test");
            set("auto.offset.reset", "error");
            set("fetch.wait.max.ms", "10");
        }
        Handle handle(::rd_kafka_new(type, configuration, why, sizeof why));
        if (!handle) throw std::runtime_error(why);
        return handle;
    }
    static int partitions_of(rd_kafka_t* client, const char* name) {
        const std::unique_ptr<rd_kafka_topic_t, decltype(&::rd_kafka_topic_destroy)> topic(
            ::rd_kafka_topic_new(client, name, nullptr), ::rd_kafka_topic_destroy);
        const rd_kafka_metadata_t* found = nullptr;
        if (::rd_kafka_metadata(client, 0, topic.get(), &found, 10'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
            throw std::runtime_error("the mock cluster does not answer");
        const int count = found->topics[0].partition_cnt;
        ::rd_kafka_metadata_destroy(found);
        return count;
    }

    Handle host_;
    std::unique_ptr<rd_kafka_mock_cluster_t, Destroy> cluster_;
};

} // namespace webhookd::test
