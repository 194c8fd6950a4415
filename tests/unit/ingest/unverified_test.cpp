#include "ingest/unverified.hpp"

#include "webhookd/verify/verify.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace webhookd::ingest {
namespace {

using testing::ElementsAre;

constexpr Time noon{std::chrono::microseconds{1'795'000'000'000'000}};

class UnverifiedKeeperTest : public testing::Test {
protected:
    UnverifiedKeeperTest() { spdlog::set_level(spdlog::level::off); }
    ~UnverifiedKeeperTest() override { spdlog::set_level(spdlog::level::info); }

    static config::Endpoint endpoint(std::string name, ByteSize most) {
        config::Endpoint made;
        made.name = std::move(name);
        made.path = "/" + made.name;
        made.secrets = {{"2026", Secret("secret of " + made.name), {}}};
        made.keep_unverified = most;
        return made;
    }
    void refuse(std::size_t route, std::string_view body, std::string signature = std::string(64, 'a')) {
        keeper->refused(routes, {routes, routes->all()[route].get()}, body, signature, noon);
    }
    std::string metric_lines() const {
        telemetry::Exposition out;
        metrics.collect(out);
        std::string lines, text = out.text();
        for (std::size_t from = 0, to; (to = text.find('\n', from)) != std::string::npos; from = to + 1)
            if (const auto line = text.substr(from, to - from); line.starts_with("flagsmith_webhookd_unverified"))
                lines += line.substr(std::string_view("flagsmith_webhookd_unverified_total").size()) + "\n";
        return lines;
    }

    Metrics metrics;
    std::shared_ptr<const Routes> routes = [this] {
        config::Settings settings;
        settings.endpoints = {endpoint("a", {1000}), endpoint("b", {2000})};
        return std::make_shared<const Routes>(settings, metrics);
    }();
    asio::io_context background;
    bool disk_is_full = false;
    std::vector<std::string> rings; // "endpoint most: body, body"
    std::vector<journal::Quarantined> kept;
    std::shared_ptr<UnverifiedKeeper> keeper = std::make_shared<UnverifiedKeeper>(
        background.get_executor(),
        [this](std::string_view name, std::span<const journal::Quarantined> bodies, ByteSize most) -> Result<> {
            if (disk_is_full) return Error{"database or disk is full"};
            rings.push_back(std::string(name) + " " + std::to_string(most.bytes) + ":");
            for (const auto& body : bodies) {
                rings.back() += " " + body.body;
                kept.push_back(body);
            }
            return {};
        });
};

TEST_F(UnverifiedKeeperTest, WritesWhatHasGatheredInTheBackgroundAtOnceForEachEndpoint) {
    refuse(0, "1");
    refuse(1, "2");
    refuse(0, "3");
    EXPECT_TRUE(rings.empty()) << "an intake thread does not wait for the disk";
    EXPECT_EQ(background.run(), 1u);
    EXPECT_THAT(rings, ElementsAre("a 1000: 1 3", "b 2000: 2"));
    refuse(0, "4");
    background.restart();
    background.run();
    EXPECT_EQ(rings.back(), "a 1000: 4");
    EXPECT_EQ(metric_lines(), "{endpoint=\"a\",result=\"kept\"} 3\n{endpoint=\"b\",result=\"kept\"} 1\n");
}

TEST_F(UnverifiedKeeperTest, KeepsWhatIsNeededToVerifyAgainAndTheReason) {
    const auto signature = verify::sign("body", Secret(std::string("secret of b")));
    refuse(0, "body", signature);
    background.run();
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].status, 401u);
    EXPECT_EQ(kept[0].received, noon);
    EXPECT_EQ(kept[0].signature, signature);
    EXPECT_FALSE(kept[0].id.from_content());
    const auto reason = nlohmann::json::parse(kept[0].reasons).at(0);
    EXPECT_EQ(reason.at("rule"), "signature");
    EXPECT_EQ(reason.at("detail"), "it fits the secret \"2026\" of endpoint \"b\": is the URL in Flagsmith right?");
}

TEST_F(UnverifiedKeeperTest, HoldsNoMoreThanItsBoundAndCountsWhatIsLost) {
    refuse(0, std::string(1001, 'x')); // larger than the ring
    constexpr std::size_t sent = UnverifiedKeeper::most_waiting / 1000 + 1;
    for (std::size_t i = 0; i < sent; ++i) refuse(0, std::string(1000, 'x'));
    background.run();
    EXPECT_LT(kept.size() * 1000, UnverifiedKeeper::most_waiting); // what each takes beside its body counts too
    EXPECT_GT(kept.size() * 1300, UnverifiedKeeper::most_waiting);
    const auto lost = "{endpoint=\"a\",result=\"lost\"} " + std::to_string(sent + 1 - kept.size()) + "\n";
    EXPECT_NE(metric_lines().find(lost), std::string::npos) << metric_lines();
}

TEST_F(UnverifiedKeeperTest, EmptyBodiesTakeRoomToo) {
    for (std::size_t i = 0; i < UnverifiedKeeper::most_waiting / 50; ++i) refuse(0, "");
    background.run();
    EXPECT_LT(kept.size(), UnverifiedKeeper::most_waiting / 50);
    EXPECT_GT(kept.size(), UnverifiedKeeper::most_written);
}

TEST_F(UnverifiedKeeperTest, ADiskWithoutRoomLosesThemAndNothingElse) {
    disk_is_full = true;
    refuse(0, "1");
    background.run();
    EXPECT_EQ(metric_lines(), "{endpoint=\"a\",result=\"lost\"} 1\n");
    disk_is_full = false;
    refuse(0, "2");
    background.restart();
    background.run();
    EXPECT_THAT(rings, ElementsAre("a 1000: 2"));
}

TEST_F(UnverifiedKeeperTest, WritesTheRestWhenItIsClosed) {
    refuse(0, "1");
    keeper->close();
    EXPECT_THAT(rings, ElementsAre("a 1000: 1"));
    refuse(0, "2");
    background.run();
    EXPECT_EQ(rings.size(), 1u);
}

} // namespace
} // namespace webhookd::ingest
