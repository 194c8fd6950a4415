#include "webhookd/ingest/metrics.hpp"

#include <gtest/gtest.h>

namespace webhookd::ingest {
namespace {

TEST(IngestMetrics, CountByEndpointStatusTypeAndResult) {
    Metrics metrics;
    const auto endpoint = metrics.endpoint("environment");
    EXPECT_EQ(endpoint, metrics.endpoint("environment")) << "counters outlive a reload";
    endpoint->answered(200);
    endpoint->answered(200);
    endpoint->dropped();
    endpoint->happened(event::Type::flag_updated, EventResult::accepted);
    endpoint->accepted_at(Time{std::chrono::seconds{1'000'000'000}});

    telemetry::Exposition out;
    metrics.collect(out);
    const auto text = out.text();
    EXPECT_NE(text.find("requests_total{endpoint=\"environment\",status=\"200\"} 2\n"), std::string::npos) << text;
    EXPECT_NE(text.find("requests_total{endpoint=\"environment\",status=\"dropped\"} 1\n"), std::string::npos) << text;
    EXPECT_NE(
        text.find("events_total{endpoint=\"environment\",type=\"com.flagsmith.flag.updated\",result=\"accepted\"} 1\n"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("last_accepted_timestamp_seconds{endpoint=\"environment\"} 1000000000\n"), std::string::npos)
        << text;
}

} // namespace
} // namespace webhookd::ingest
