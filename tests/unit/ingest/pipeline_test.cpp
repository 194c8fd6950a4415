#include "webhookd/ingest/pipeline.hpp"

#include "ingest/refusal_log.hpp"

#include "webhookd/verify/verify.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <optional>

namespace webhookd::ingest {
namespace {

constexpr std::string_view change =
    R"({"data": {"changed_by": "jane@example.com", "new_state": {"enabled": true, "environment": {"id": 1, "name": "Production"}, "feature": {"created_date": "2026-01-14T09:31:22.120461Z", "default_enabled": false, "description": null, "id": 7, "initial_value": null, "name": "checkout_v2", "project": {"id": 3, "name": "Shop"}, "type": "STANDARD"}, "feature_segment": null, "feature_state_value": null, "identity": null, "identity_identifier": null, "multivariate_feature_state_values": []}, "timestamp": "2026-11-23T14:02:11.004512Z"}, "event_type": "FLAG_UPDATED"})";
constexpr std::string_view wrong_type =
    R"({"data": {"changed_by": 7, "new_state": null, "timestamp": ""}, "event_type": "FLAG_UPDATED"})";

/// A journal that does at once what the test tells it to.
class ScriptedJournal final : public journal::Journal {
public:
    struct Kept {
        EventId id;
        journal::Family family;
        std::string attributes, body, endpoint, reasons;
        Duration window;
    };
    std::vector<Kept> kept;
    journal::AppendStatus outcome = journal::AppendStatus::stored;
    bool has_room = true;

    void append(journal::Append& append) noexcept override {
        kept.push_back({append.id, append.family, std::string(append.attributes), std::string(append.body),
                        std::string(append.endpoint), std::string(append.quarantine_reasons), append.duplicate_window});
        append.status = outcome;
        append.complete(append);
    }
    std::uint64_t committed() const noexcept override { return kept.size(); }
    std::shared_ptr<void> on_commit(std::function<void()>) override { return nullptr; }
    bool can_store() const noexcept override { return has_room; }
    std::unique_ptr<journal::Reader> reader() override { return nullptr; }
    void set_retention_floor(std::uint64_t) noexcept override {}
    bool apply_retention(Time) override { return true; }
    journal::Ledger& ledger() override { std::abort(); }
    Result<journal::Erased> erase(const journal::Erasure&) override { std::abort(); }
    journal::Store& store() override { std::abort(); }
};

class PipelineTest : public testing::Test {
protected:
    /// Sends a request through the pipeline as the listener would.
    http::Answer post(std::string_view path, std::string_view body, std::optional<std::string> signature = std::nullopt,
                      std::string_view method = "POST", std::string_view content_type = "application/json") {
        http::RequestHead head;
        head.method = method;
        head.path = path;
        head.content_type = content_type;
        const std::string sent = signature.value_or(verify::sign(body, Secret(std::string("one-of-two-secrets"))));
        head.signature = sent;
        head.signature_count = sent.empty() ? 0 : 1;
        head.content_length = body.size();
        std::shared_ptr<const void> state;
        auto decision = pipeline().on_head(head, state);
        if (decision.answer) return *decision.answer;

        std::string padded(body);
        padded.append(event::body_padding, '\0');
        std::optional<http::Answer> answer;
        asio::io_context context;
        asio::co_spawn(context, pipeline().handle(head, std::string_view(padded).substr(0, body.size()), state),
                       [&](std::exception_ptr failure, http::Answer got) {
                           if (failure) std::rethrow_exception(failure);
                           answer = std::move(got);
                       });
        context.run();
        return answer.value();
    }

    Pipeline& pipeline() {
        if (!pipeline_)
            pipeline_.emplace(
                std::make_shared<const Routes>(settings, metrics), journal, metrics, [this] { return refuses; },
                background.get_executor());
        return *pipeline_;
    }

    static config::Endpoint environment() {
        config::Endpoint endpoint;
        endpoint.name = "environment";
        endpoint.path = "/environment-webhook";
        endpoint.kind = config::Endpoint::Kind::environment;
        endpoint.secrets = {{"old", Secret(std::string("another-secret")), {}},
                            {"new", Secret(std::string("one-of-two-secrets")), {}}};
        return endpoint;
    }

    config::Settings settings = [] {
        config::Settings made;
        made.endpoints = {environment()};
        made.listen.unavailable.wait = Duration{0};
        return made;
    }();
    ScriptedJournal journal;
    Metrics metrics;
    bool refuses = false;
    asio::io_context background;
    std::optional<Pipeline> pipeline_;
};

TEST_F(PipelineTest, StoresAGenuineEventAndAnswersWithItsId) {
    const auto answer = post("/environment-webhook", change);
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.body, R"({"id":")" + to_string(content_id(change)) + R"(","status":"accepted"})");
    ASSERT_EQ(journal.kept.size(), 1u);
    EXPECT_EQ(journal.kept[0].body, change);
    EXPECT_EQ(journal.kept[0].family, journal::Family::changes);
    EXPECT_EQ(journal.kept[0].window, std::chrono::hours(24));
    EXPECT_EQ(AttributeView(journal.kept[0].attributes).get(Attribute::flag), "checkout_v2");
}

TEST_F(PipelineTest, StoresNothingThatIsNotProvenGenuine) {
    const std::string forged(64, 'a');
    for (const std::string& signature : {std::string(), std::string("sha256=") + forged, forged, forged.substr(1)}) {
        SCOPED_TRACE(signature);
        const auto answer = post("/environment-webhook", change, signature);
        EXPECT_EQ(answer.status, 401u);
        EXPECT_TRUE(answer.close);
        EXPECT_NE(answer.headers.find("WWW-Authenticate"), std::string::npos);
        EXPECT_EQ(answer.body, post("/environment-webhook", change, std::string()).body)
            << "one answer for every fault";
    }
    EXPECT_TRUE(journal.kept.empty());
}

TEST_F(PipelineTest, LooksForTheReasonOfARefusalInTheBackgroundAndNotTooOften) {
    for (int i = 0; i < 10; ++i) post("/environment-webhook", change, std::string(64, 'a'));
    spdlog::set_level(spdlog::level::off);
    EXPECT_EQ(background.run(), 1u);
    spdlog::set_level(spdlog::level::info);
}

TEST_F(PipelineTest, ExplainsARefusal) {
    auto other = environment();
    other.name = "organisation";
    other.path = "/organisation-webhook";
    other.secrets = {{"theirs", Secret(std::string("a-third-secret")), {}}};
    settings.endpoints.push_back(other);
    const Routes routes(settings, metrics);
    const auto explain = [&](std::string_view signature) {
        return explain_refusal(routes, *routes.all()[0], change, signature);
    };
    EXPECT_EQ(explain(""), "there is no signature: has the webhook a secret in Flagsmith?");
    EXPECT_EQ(explain(verify::sign(change, Secret(std::string("a-third-secret")))),
              "it fits the secret \"theirs\" of endpoint \"organisation\": is the URL in Flagsmith right?");
    EXPECT_EQ(explain(std::string(64, 'a')), "it fits no secret of the configuration");
}

TEST_F(PipelineTest, TellsADuplicateFromAFirst) {
    journal.outcome = journal::AppendStatus::duplicate;
    const auto answer = post("/environment-webhook", change);
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.body, R"({"id":")" + to_string(content_id(change)) + R"(","status":"duplicate"})");
}

TEST_F(PipelineTest, QuarantinesWhatItDoesNotUnderstand) {
    const auto answer = post("/environment-webhook", wrong_type);
    EXPECT_EQ(answer.status, 422u);
    EXPECT_EQ(answer.content_type, "application/problem+json");
    const auto body = nlohmann::json::parse(answer.body);
    ASSERT_EQ(journal.kept.size(), 1u);
    EXPECT_EQ(body.at("id"), to_string(journal.kept[0].id));
    EXPECT_FALSE(body.at("errors").empty());
    EXPECT_FALSE(journal.kept[0].reasons.empty());
    EXPECT_EQ(journal.kept[0].body, wrong_type);

    EXPECT_EQ(post("/environment-webhook", "{\"data\": ").status, 400u);
    EXPECT_EQ(journal.kept.size(), 2u);
}

TEST_F(PipelineTest, AcceptsOrRejectsInvalidMessagesWhereToldTo) {
    settings.endpoints[0].on_invalid = config::Endpoint::OnInvalid::accept;
    EXPECT_EQ(post("/environment-webhook", wrong_type).status, 200u);
    ASSERT_EQ(journal.kept.size(), 1u);
    EXPECT_TRUE(AttributeView(journal.kept[0].attributes).is_true(Attribute::invalid));
    EXPECT_TRUE(journal.kept[0].reasons.empty());

    pipeline_.reset();
    settings.endpoints[0].on_invalid = config::Endpoint::OnInvalid::reject;
    EXPECT_EQ(post("/environment-webhook", wrong_type).status, 422u);
    EXPECT_EQ(journal.kept.size(), 1u);
}

TEST_F(PipelineTest, ClosesWithoutAnAnswerWhenItCannotStore) {
    journal.outcome = journal::AppendStatus::no_space;
    EXPECT_TRUE(post("/environment-webhook", change).drop);
    pipeline_.reset();
    settings.listen.unavailable.answer = config::Unavailable::Answer::service_unavailable;
    const auto answer = post("/environment-webhook", change);
    EXPECT_EQ(answer.status, 503u);
    EXPECT_NE(answer.headers.find("Retry-After"), std::string::npos);
}

TEST_F(PipelineTest, StoresNothingWhileASinkRefuses) {
    refuses = true;
    EXPECT_TRUE(post("/environment-webhook", change).drop);
    EXPECT_TRUE(journal.kept.empty());
}

TEST_F(PipelineTest, AnswersWhatIsNoPostOfAnEvent) {
    EXPECT_EQ(post("/elsewhere", change).status, 404u);
    EXPECT_EQ(post("/environment-webhook/", change).status, 404u);
    EXPECT_EQ(post("/environment-webhook", change, std::nullopt, "GET").status, 405u);
    EXPECT_EQ(post("/environment-webhook", change, std::nullopt, "GET").headers, "Allow: POST, OPTIONS\r\n");
    EXPECT_EQ(post("/environment-webhook", change, std::nullopt, "OPTIONS").status, 204u);
    EXPECT_EQ(post("/environment-webhook", change, std::nullopt, "POST", "text/plain").status, 415u);
    EXPECT_EQ(post("/environment-webhook", change, std::nullopt, "POST", "").status, 415u);
    EXPECT_EQ(post("/environment-webhook", change, std::nullopt, "POST", "Application/JSON; charset=UTF-8").status,
              200u);
    EXPECT_EQ(post("/environment-webhook", change, std::nullopt, "POST", "application/json; charset=latin1").status,
              415u);
    settings.endpoints[0].max_body = {10};
    pipeline_.reset();
    EXPECT_EQ(post("/environment-webhook", change).status, 413u);
}

TEST_F(PipelineTest, TellsBalancersWhetherEventsCanBeStored) {
    EXPECT_EQ(post("/healthz", "", std::nullopt, "GET").status, 200u);
    journal.has_room = false;
    EXPECT_EQ(post("/healthz", "", std::nullopt, "GET").status, 503u);
    journal.has_room = true;
    pipeline().start_draining();
    EXPECT_EQ(post("/healthz", "", std::nullopt, "GET").status, 503u);
}

TEST_F(PipelineTest, LetsARequestKeepTheConfigurationItBeganWith) {
    http::RequestHead head;
    head.method = "POST";
    head.path = "/environment-webhook";
    head.content_type = "application/json";
    const auto signature = verify::sign(change, Secret(std::string("one-of-two-secrets")));
    head.signature = signature;
    head.signature_count = 1;
    std::shared_ptr<const void> state;
    EXPECT_FALSE(pipeline().on_head(head, state).answer);
    pipeline().replace(std::make_shared<const Routes>(config::Settings{}, metrics));
    EXPECT_EQ(static_cast<const Route*>(state.get())->settings.name, "environment");
    EXPECT_EQ(post("/environment-webhook", change).status, 404u);
}

} // namespace
} // namespace webhookd::ingest
