#include "webhookd/app/builtin_sinks.hpp"

#include "sinks/exec/exec_sink.hpp"
#include "sinks/file/file_sink.hpp"
#include "sinks/http/http_sink.hpp"
#include "sinks/log/log_sink.hpp"
#include "sinks/redis/redis_sink.hpp"
#include "sinks/slack/slack_sink.hpp"
#include "sinks/stdout/stdout_sink.hpp"
#ifdef WEBHOOKD_WITH_KAFKA
#include "sinks/kafka/kafka_sink.hpp"
#endif
#ifdef WEBHOOKD_WITH_NATS
#include "sinks/nats/nats_sink.hpp"
#endif
#ifdef WEBHOOKD_WITH_POSTGRES
#include "sinks/postgres/postgres_sink.hpp"
#endif

namespace webhookd::app {

/// The catalogue: a line for each folder of src/sinks.
std::span<const sink::SinkType> builtin_sinks() {
    // clang-format off
    static const sink::SinkType all[] = {
        sinks::stdout_sink,
        sinks::file_sink,
        sinks::log_sink,
        sinks::http_sink,
        sinks::slack_sink,
        sinks::exec_sink,
        sinks::redis_sink,
#ifdef WEBHOOKD_WITH_KAFKA
        sinks::kafka_sink,
#endif
#ifdef WEBHOOKD_WITH_NATS
        sinks::nats_sink,
#endif
#ifdef WEBHOOKD_WITH_POSTGRES
        sinks::postgres_sink,
#endif
    };
    // clang-format on
    return all;
}

std::span<const config::SinkKind> builtin_sink_kinds() {
    static const auto all = [] {
        std::vector<config::SinkKind> kinds;
        for (const auto& type : builtin_sinks()) kinds.push_back(type.kind);
        return kinds;
    }();
    return all;
}

std::span<const config::SinkKind> known_sink_kinds() {
    static const auto all = [] {
        std::vector<config::SinkKind> kinds(builtin_sink_kinds().begin(), builtin_sink_kinds().end());
#ifndef WEBHOOKD_WITH_KAFKA
        kinds.push_back(config::left_out("kafka", "librdkafka and -DWEBHOOKD_WITH_KAFKA=ON"));
#endif
#ifndef WEBHOOKD_WITH_NATS
        kinds.push_back(config::left_out("nats", "cnats and -DWEBHOOKD_WITH_NATS=ON"));
#endif
#ifndef WEBHOOKD_WITH_POSTGRES
        kinds.push_back(config::left_out("postgres", "libpq and -DWEBHOOKD_WITH_POSTGRES=ON"));
#endif
        return kinds;
    }();
    return all;
}

} // namespace webhookd::app
