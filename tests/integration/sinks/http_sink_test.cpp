#include "sinks/http/http_sink.hpp"

#include "sinks/http/settings.hpp"
#include "support/http_server.hpp"
#include "support/sink_fixture.hpp"
#include "support/temporary_directory.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/verify/verify.hpp"

#include <nlohmann/json.hpp>

namespace webhookd::sinks {
namespace {

using namespace std::chrono_literals;
using http::Settings;
using sink::Outcome;
using test::HttpServer;
using Answer = HttpServer::Answer;

class HttpSinkTest : public test::SinkFixture {
protected:
    void serve(HttpServer::Handler handler, bool tls = false) { server.emplace(std::move(handler), tls); }
    void always(Answer answer) {
        serve([answer](const auto&) { return answer; });
    }
    void use(std::string_view path = "/events", Settings settings = {}, event::Format format = event::Format::raw) {
        settings.url = server->url(path);
        make(http_sink, std::move(settings), format);
        ASSERT_TRUE(open());
    }
    /// What became of one event.
    Outcome outcome(std::string body = "{}") {
        event(std::move(body));
        const auto outcomes = deliver();
        if (!outcomes) return Outcome{Outcome::Kind::retry, "away: " + outcomes.error().why, outcomes.error().after};
        EXPECT_EQ(outcomes->size(), 1u);
        return outcomes->front();
    }
    HttpServer::Request last() { return server->requests().back(); }

    std::optional<HttpServer> server;
};

TEST_F(HttpSinkTest, PostsAnEventOverAConnectionThatIsKept) {
    always({});
    use();
    deliver(R"({"a": 1})");
    deliver(R"({"b": 2})");
    EXPECT_EQ(last().method, "POST");
    EXPECT_EQ(last().target, "/events");
    EXPECT_EQ(last().body, R"({"b": 2})");
    EXPECT_EQ(last().headers["content-type"], "application/json");
    EXPECT_TRUE(last().headers["user-agent"].starts_with("flagsmith-webhookd/"));
    EXPECT_EQ(server->accepted(), 1u);
}

TEST_F(HttpSinkTest, ConnectsAgainWhenTheServerClosedTheKeptConnection) {
    always({});
    use();
    deliver("1");
    server->drop_connections();
    std::this_thread::sleep_for(20ms);
    deliver("2");
    EXPECT_EQ(server->accepted(), 2u);
    EXPECT_EQ(server->requests().size(), 2u);
}

TEST_F(HttpSinkTest, DoesNotKeepAConnectionThatTheServerCloses) {
    always({.keep_alive = false});
    use();
    deliver("1");
    deliver("2");
    EXPECT_EQ(server->accepted(), 2u);
}

TEST_F(HttpSinkTest, IsAwayWhereNobodyListens) {
    always({});
    use();
    server.reset();
    const auto away = outcome();
    EXPECT_TRUE(away.why.starts_with("away: connecting to 127.0.0.1:"));
    EXPECT_TRUE(away.why.ends_with("Connection refused")) << away.why;
}

TEST_F(HttpSinkTest, IsAwayWhereTheNameIsUnknown) {
    Settings settings;
    settings.url = "http://name.invalid/";
    make(http_sink, settings);
    EXPECT_TRUE(outcome().why.starts_with("away: looking up name.invalid"));
}

TEST_F(HttpSinkTest, IsAwayWhereTheServerNeverAnswers) {
    always({.how = Answer::How::hang});
    use("/", {.timeout = 50ms});
    EXPECT_EQ(outcome().why, "away: 127.0.0.1:" + std::to_string(server->port()) + ": no answer within 50ms");
}

TEST_F(HttpSinkTest, TheLimitIsForTheWholeAnswerHoweverSlowlyItComes) {
    always({.how = Answer::How::dribble});
    use("/", {.timeout = 200ms});
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(outcome().why.ends_with("no answer within 200ms"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 700ms); // the answer takes more than a second
}

TEST_F(HttpSinkTest, IsAwayWhereTheServerClosesInTheMiddle) {
    always({.how = Answer::How::cut});
    use();
    EXPECT_TRUE(outcome().why.starts_with("away: ")) << outcome().why;
}

TEST_F(HttpSinkTest, IsAwayWhereTheServerClosesWithoutAnAnswer) {
    always({.how = Answer::How::close});
    use();
    EXPECT_TRUE(outcome().why.starts_with("away: "));
}

TEST_F(HttpSinkTest, TooManyRequestsIsAwayForAsLongAsTheServerSays) {
    always({.status = 429, .headers = {{"Retry-After", "7"}}});
    use();
    const auto away = outcome();
    EXPECT_EQ(away.why, "away: answered 429");
    EXPECT_EQ(away.after, 7s);
}

TEST_F(HttpSinkTest, UnderstandsADateOfRetryAfter) {
    const auto in_a_minute = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + 60s);
    char date[64];
    std::strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&in_a_minute));
    always({.status = 503, .headers = {{"Retry-After", date}}});
    use();
    const auto away = outcome();
    ASSERT_TRUE(away.after);
    EXPECT_GT(*away.after, 50s);
    EXPECT_LE(*away.after, 61s);
}

TEST_F(HttpSinkTest, AnErrorOfTheServerIsTriedAgain) {
    always({.status = 500});
    use();
    EXPECT_EQ(outcome().kind, Outcome::Kind::retry);
    EXPECT_EQ(outcome().why, "answered 500");
}

TEST_F(HttpSinkTest, ARefusalIsFinal) {
    always({.status = 422});
    use();
    EXPECT_EQ(outcome().kind, Outcome::Kind::reject);
}

TEST_F(HttpSinkTest, DoesNotFollowARedirect) {
    always({.status = 302, .headers = {{"Location", "http://169.254.169.254/"}}});
    use();
    EXPECT_EQ(outcome().why, "answered 302: redirects are not followed");
    EXPECT_EQ(server->requests().size(), 1u);
}

TEST_F(HttpSinkTest, MakesACallFromATemplate) {
    always({.status = 204});
    Settings settings;
    settings.method = "DELETE";
    settings.headers = {{"X-Reason", Secret("{changed} in {environment}")}};
    use("/flags/{flag}?env={environment}", settings);
    event("{}", "check out/v2");
    ASSERT_TRUE(deliver());
    EXPECT_EQ(last().method, "DELETE");
    EXPECT_EQ(last().target, "/flags/check%20out%2Fv2?env=Production");
    EXPECT_EQ(last().headers["x-reason"], "enabled in Production");
    EXPECT_EQ(last().body, ""); // which few servers expect in a DELETE
    EXPECT_FALSE(last().headers.contains("content-type"));
}

TEST_F(HttpSinkTest, RejectsAnEventThatMakesNoUrl) {
    always({});
    use("/flags/{segment}");
    EXPECT_EQ(outcome().why, "the event has no segment that could stand in the URL");
    EXPECT_TRUE(server->requests().empty());
}

TEST_F(HttpSinkTest, RelaysAsFlagsmithSends) {
    always({});
    Settings settings;
    settings.sign = http::Sign{http::Sign::Scheme::flagsmith, Secret("relay")};
    use("/hook", settings);
    const std::string body = R"({"data": {"x": 1.0}, "event_type": "FLAG_UPDATED"})";
    deliver(body);
    EXPECT_EQ(last().body, body);
    EXPECT_EQ(last().headers["x-flagsmith-signature"], verify::sign(body, Secret("relay")));
    EXPECT_EQ(last().headers["content-type"], "application/json");
}

TEST_F(HttpSinkTest, SpeaksCloudEventsInHeaders) {
    always({});
    Settings settings;
    settings.cloudevents_mode = Settings::CloudEvents::binary;
    use("/", settings, event::Format::cloudevents);
    event(R"({"a": 1})", "größe");
    ASSERT_TRUE(deliver());
    EXPECT_EQ(last().body, R"({"a": 1})");
    EXPECT_EQ(last().headers["ce-specversion"], "1.0");
    EXPECT_EQ(last().headers["ce-type"], "com.flagsmith.flag.updated");
    EXPECT_EQ(last().headers["ce-flag"], "gr%C3%B6%C3%9Fe");
    EXPECT_EQ(last().headers["ce-enabled"], "true");
    EXPECT_EQ(last().headers["content-type"], "application/json");
}

TEST_F(HttpSinkTest, SendsManyInOneRequest) {
    always({});
    Settings settings;
    settings.body = "ndjson";
    settings.batch = http::Batch{.max_events = 10};
    use("/", settings);
    EXPECT_EQ(sink_->capacity().batch_events, 10u);
    for (int i = 0; i < 10; ++i) event(std::to_string(i));
    EXPECT_EQ(deliver()->size(), 10u);
    EXPECT_EQ(last().body, "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
}

TEST_F(HttpSinkTest, FindsTheOneOfManyThatIsRefused) {
    serve([](const auto& request) {
        return Answer{.status = request.body.find("bad") == std::string::npos ? 200u : 400u};
    });
    Settings settings;
    settings.body = "ndjson";
    settings.batch = http::Batch{.max_events = 100};
    use("/", settings);
    std::vector<std::string> left;
    for (int i = 0; i < 100; ++i) left.push_back(i == 37 ? "bad" : std::to_string(i));
    std::vector<std::string> rejected;
    for (int call = 0; call < 20 && !left.empty(); ++call) {
        for (const auto& body : left) event(body);
        const auto outcomes = deliver();
        ASSERT_TRUE(outcomes);
        ASSERT_FALSE(outcomes->empty());
        for (std::size_t i = 0; i < outcomes->size(); ++i)
            if ((*outcomes)[i].kind == Outcome::Kind::reject) rejected.push_back(left[i]);
        left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(outcomes->size()));
    }
    EXPECT_TRUE(left.empty());
    EXPECT_EQ(rejected, std::vector<std::string>{"bad"});
}

TEST_F(HttpSinkTest, BelievesWhatElasticsearchSaysOfEachEvent) {
    always({.body = R"({"errors": true, "items": [{"create": {"status": 201}}, {"create": {"status": 400}}]})"});
    Settings settings;
    settings.body = "elasticsearch";
    settings.batch.emplace();
    use("/flagsmith/_bulk", settings);
    event("{}");
    event("{}");
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes);
    EXPECT_EQ(outcomes->at(0).kind, Outcome::Kind::delivered);
    EXPECT_EQ(outcomes->at(1).kind, Outcome::Kind::reject);
}

TEST_F(HttpSinkTest, VerifiesTheCertificate) {
    serve([](const auto&) { return Answer{}; }, true);
    Settings settings;
    settings.url = server->url();
    make(http_sink, settings);
    const auto away = outcome();
    EXPECT_NE(away.why.find("the certificate of 127.0.0.1 is not trusted"), std::string::npos) << away.why;
    EXPECT_TRUE(server->requests().empty());
}

TEST_F(HttpSinkTest, OpeningReachesOutWithoutARequest) {
    serve([](const auto&) { return Answer{}; }, true);
    Settings settings;
    settings.url = server->url();
    make(http_sink, settings);
    const auto untrusted = open();
    ASSERT_FALSE(untrusted);
    EXPECT_NE(untrusted.error().why.find("is not trusted"), std::string::npos) << untrusted.error().why;

    always({});
    settings.url = server->url();
    make(http_sink, settings);
    EXPECT_TRUE(open());
    EXPECT_TRUE(server->requests().empty());
    deliver("1");
    EXPECT_EQ(server->accepted(), 1u); // over the connection that was made
    server.reset();
    EXPECT_FALSE(open());
}

TEST_F(HttpSinkTest, TrustsTheConfiguredAuthority) {
    serve([](const auto&) { return Answer{}; }, true);
    test::TemporaryDirectory directory;
    const auto ca = directory.path() / "ca.pem";
    ASSERT_TRUE(replace_file(ca, server->certificate()));
    use("/", {.ca = ca});
    std::this_thread::sleep_for(20ms); // session tickets arrive, which are no reason to connect again
    deliver("1");
    deliver("2");
    EXPECT_EQ(server->accepted(), 1u);
}

TEST_F(HttpSinkTest, TrustsACertificateForItsOwnNameOnly) {
    serve([](const auto&) { return Answer{}; }, true);
    test::TemporaryDirectory directory;
    const auto ca = directory.path() / "ca.pem";
    ASSERT_TRUE(replace_file(ca, server->certificate()));
    Settings settings;
    settings.url = "https://127.0.0.2:" + std::to_string(server->port());
    settings.ca = ca;
    make(http_sink, settings);
    const auto away = outcome();
    EXPECT_TRUE(away.why.starts_with("away: ")); // nobody listens there, or the name does not fit
    EXPECT_TRUE(server->requests().empty());
}

TEST_F(HttpSinkTest, AsksAProxyForPlainHttp) {
    always({});
    Settings settings;
    settings.url = "http://collector.example.com/events";
    settings.proxy = "http://user:pass@127.0.0.1:" + std::to_string(server->port());
    make(http_sink, settings);
    deliver("1");
    EXPECT_EQ(last().target, "http://collector.example.com/events");
    EXPECT_EQ(last().headers["host"], "collector.example.com");
    EXPECT_EQ(last().headers["proxy-authorization"], "Basic dXNlcjpwYXNz");
}

TEST_F(HttpSinkTest, AsksAProxyForATunnel) {
    always({.status = 403});
    Settings settings;
    settings.url = "https://collector.example.com/events";
    settings.proxy = server->url();
    make(http_sink, settings);
    EXPECT_TRUE(outcome().why.ends_with("answered 403"));
    EXPECT_EQ(last().method, "CONNECT");
    EXPECT_EQ(last().target, "collector.example.com:443");
}

TEST_F(HttpSinkTest, SendsThePasswordOfTheUrlAsBasicAuthorization) {
    always({});
    Settings settings;
    settings.url = "http://user:pass@127.0.0.1:" + std::to_string(server->port()) + "/";
    make(http_sink, settings);
    deliver("1");
    EXPECT_EQ(last().headers["authorization"], "Basic dXNlcjpwYXNz");
    EXPECT_EQ(last().headers["host"], "127.0.0.1:" + std::to_string(server->port()));
}

TEST_F(HttpSinkTest, AnAnswerThatComesBeforeTheBodyIsReadCounts) {
    serve([](const auto&) { return Answer{.status = 413, .keep_alive = false}; });
    use();
    EXPECT_EQ(outcome(std::string(1'000'000, 'x')).kind, Outcome::Kind::reject);
}

} // namespace
} // namespace webhookd::sinks
