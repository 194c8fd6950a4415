#include "webhookd/telemetry/metrics.hpp"

#include "webhookd/base/file.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace webhookd::telemetry {
namespace {

using namespace std::chrono_literals;

std::string frozen_names() {
    std::ostringstream out;
    for (const auto& row : metric_table) {
        const auto* type = row.type == MetricType::counter ? "counter"
                           : row.type == MetricType::gauge ? "gauge"
                                                           : "histogram";
        out << metric_prefix << row.name << ' ' << type << ' ' << (row.labels.empty() ? "-" : row.labels) << '\n';
    }
    return out.str();
}

TEST(MetricNames, AreAnInterfaceAndDoNotChange) {
    // Dashboards and alerts hang on these. A new metric is added to the file; nothing in it is changed or taken out.
    EXPECT_EQ(frozen_names(), read_file(WEBHOOKD_TEST_DATA "/metric_names.txt").value());
}

TEST(MetricNames, StandInTheOrderOfTheirEnumeration) {
    for (std::size_t i = 0; i < metric_table.size(); ++i)
        EXPECT_EQ(static_cast<std::size_t>(metric_table[i].metric), i);
}

TEST(Exposition, WritesWhatPrometheusReads) {
    Exposition out;
    out.add(Metric::requests, {"environment", "200"}, 7);
    out.add(Metric::store_writable, {}, 1);
    const auto text = out.text();
    EXPECT_NE(text.find("# TYPE flagsmith_webhookd_requests_total counter\n"
                        "flagsmith_webhookd_requests_total{endpoint=\"environment\",status=\"200\"} 7\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("flagsmith_webhookd_store_writable 1\n"), std::string::npos) << text;
}

TEST(Exposition, EscapesLabelValues) {
    Exposition out;
    out.add(Metric::requests, {"a\"b\\c\nd", "200"}, 1);
    EXPECT_NE(out.text().find("endpoint=\"a\\\"b\\\\c\\nd\""), std::string::npos) << out.text();
}

TEST(DurationHistogram, CountsIntoTheFirstBucketThatHolds) {
    DurationHistogram histogram;
    histogram.observe(100us);
    histogram.observe(101us);
    histogram.observe(60s);
    const auto snapshot = histogram.snapshot();
    EXPECT_EQ(snapshot.counts.front(), 1u);
    EXPECT_EQ(snapshot.counts[1], 1u);
    EXPECT_EQ(snapshot.counts.back(), 1u);
    EXPECT_NEAR(snapshot.sum_seconds, 60.000201, 1e-9);
}

} // namespace
} // namespace webhookd::telemetry
