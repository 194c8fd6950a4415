#include "webhookd/ingest/pipeline.hpp"

#include "ingest/answers.hpp"
#include "ingest/append.hpp"
#include "ingest/faulty_ack.hpp"
#include "ingest/refusal_log.hpp"
#include "ingest/unverified.hpp"
#include "webhookd/base/text.hpp"

#include <boost/asio/this_coro.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstring>
#include <string>

namespace webhookd::ingest {
namespace {

using event::Decoded;

/// application/json, alone or with a charset of utf-8 (which old dashboards send).
bool is_json(std::string_view content_type) {
    const auto semicolon = content_type.find(';');
    if (!equals_ignoring_case(trim(content_type.substr(0, semicolon)), "application/json")) return false;
    if (semicolon == std::string_view::npos) return true;
    auto parameter = trim(content_type.substr(semicolon + 1));
    constexpr std::string_view charset = "charset=";
    if (!equals_ignoring_case(parameter.substr(0, charset.size()), charset)) return false;
    parameter.remove_prefix(charset.size());
    return equals_ignoring_case(parameter, "utf-8") || equals_ignoring_case(parameter, "\"utf-8\"");
}

/// A thread's decoder: its buffers are reused.
event::Decoder& decoder() {
    thread_local event::Decoder decoder;
    return decoder;
}

std::string reasons_of(unsigned status, const Decoded& decoded) {
    nlohmann::ordered_json reasons = nlohmann::ordered_json::array();
    for (const auto& violation : decoded.violations)
        reasons.push_back({{"pointer", violation.pointer},
                           {"rule", violation.rule},
                           {"detail", violation.detail},
                           {"status", status}});
    return reasons.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

Pipeline::Pipeline(std::shared_ptr<const Routes> routes, journal::Journal& journal, Metrics& metrics, Refuses refuses,
                   Executor background)
    : routes_(std::move(routes)), journal_(journal), metrics_(metrics), refuses_(std::move(refuses)),
      refusal_log_(std::make_unique<RefusalLog>(background)),
      unverified_(std::make_shared<UnverifiedKeeper>(
          background, [&journal](std::string_view endpoint, auto bodies, ByteSize most) {
              return journal.ledger().keep_unverified(endpoint, bodies, most);
          })) {}

Pipeline::~Pipeline() {
    unverified_->close();
}

http::HeadDecision Pipeline::on_head(const http::RequestHead& head, std::shared_ptr<const void>& state) {
    auto routes = routes_.load();
    const auto answer = [&](EndpointMetrics& metrics, http::Answer&& with) {
        metrics.answered(with.status);
        return http::HeadDecision{std::move(with), 0};
    };

    if (!routes->health_path().empty() && head.path == routes->health_path()) {
        if (head.method == "GET" || head.method == "HEAD")
            return answer(metrics_.elsewhere(), answers::health(is_ready()));
        if (head.method == "OPTIONS") return answer(metrics_.elsewhere(), answers::options("GET, HEAD, OPTIONS"));
        return answer(metrics_.elsewhere(), answers::method_not_allowed("GET, HEAD, OPTIONS"));
    }
    const Route* const route = routes->find(head.path);
    if (!route) return answer(metrics_.elsewhere(), answers::not_found());
    auto& metrics = *route->metrics;
    if (!routes->allows(head.client)) return answer(metrics, answers::forbidden());
    if (head.method == "OPTIONS") return answer(metrics, answers::options("POST, OPTIONS"));
    if (head.method != "POST") return answer(metrics, answers::method_not_allowed("POST, OPTIONS"));
    if (!is_json(head.content_type)) return answer(metrics, answers::unsupported_media_type());
    if (!route->takes_unsigned() && (head.signature_count != 1 || !verify::parse_signature(head.signature))) {
        refusal_log_->refused(routes, {routes, route}, {}, head.signature);
        return answer(metrics, answers::unauthorized());
    }
    if (head.content_length && *head.content_length > route->settings.max_body.bytes)
        return answer(metrics, answers::too_large());

    const auto max_body = route->settings.max_body.bytes;
    state = std::shared_ptr<const Route>(std::move(routes), route); // keeps all routes of its configuration alive
    return {std::nullopt, max_body};
}

Task<http::Answer> Pipeline::handle(const http::RequestHead& head, std::string_view body,
                                    std::shared_ptr<const void> state) {
    const auto begin = std::chrono::steady_clock::now();
    const Time received = now();
    const auto& route = *static_cast<const Route*>(state.get());
    auto& metrics = *route.metrics;

    // Is it really from them?
    if (!route.takes_unsigned()) {
        const auto tag = verify::parse_signature(head.signature);
        const auto secret =
            tag ? route.secrets.verify(body, *tag) : Result<std::size_t, verify::Refusal>(verify::Refusal::malformed);
        if (!secret) {
            refusal_log_->refused(routes(), {state, &route}, body, head.signature);
            if (route.settings.keep_unverified)
                unverified_->refused(routes(), {state, &route}, body, head.signature, received);
            metrics.answered(401);
            co_return answers::unauthorized();
        }
        route.secret_use.used(*secret, received);
    }

    // What does it mean?
    const Decoded& decoded = decoder().decode(body, route.rules);
    const bool valid = decoded.verdict == Decoded::Verdict::valid;
    const bool accepted = valid || (decoded.verdict == Decoded::Verdict::invalid &&
                                    route.settings.on_invalid == config::Endpoint::OnInvalid::accept);
    const bool kept = accepted || decoded.verdict == Decoded::Verdict::unreadable ||
                      route.settings.on_invalid == config::Endpoint::OnInvalid::quarantine;
    const unsigned refusal = decoded.verdict == Decoded::Verdict::unreadable ? 400 : 422;

    if (!kept) {
        metrics.answered(refusal);
        metrics.happened(decoded.type, EventResult::rejected);
        co_return answers::not_understood(refusal, std::nullopt, decoded.violations);
    }

    // Once we say 200 it is not lost.
    const auto executor = co_await asio::this_coro::executor;
    PendingAppend append(executor.context());
    append.id = valid && decoded.unique ? content_id(body) : receipt_id(received);
    append.received = received;
    append.family = decoded.is_evaluation ? journal::Family::evaluations : journal::Family::changes;
    append.body = body;
    append.endpoint = route.settings.name;
    append.duplicate_window = valid && decoded.unique ? route.settings.deduplicate : Duration::zero();
    append.deadline = begin + route.unavailable.wait;

    // The decoder is the thread's: while this coroutine waits, others use it. What is still needed is copied first.
    const auto type = decoded.type;
    const std::string attributes(decoded.attributes.bytes());
    const auto violations = accepted ? std::vector<event::Violation>{} : decoded.violations;
    const std::string reasons = accepted ? std::string{} : reasons_of(refusal, decoded);
    append.attributes = attributes;
    append.quarantine_reasons = reasons;
    append.quarantine_status = refusal;

    if (refuses_())
        append.status = journal::AppendStatus::no_space;
    else if constexpr (faulty_ack)
        append.status = answer_before_commit(journal_, append);
    else
        co_await append.store(journal_);

    metrics_.request_duration.observe(std::chrono::steady_clock::now() - begin);
    switch (append.status) {
    case journal::AppendStatus::stored:
        break;
    case journal::AppendStatus::duplicate:
        metrics.answered(200);
        metrics.happened(type, EventResult::duplicate);
        co_return answers::duplicate(append.id);
    case journal::AppendStatus::no_space:
    case journal::AppendStatus::stopping:
        metrics.happened(type, EventResult::not_stored);
        if (route.unavailable.answer == config::Unavailable::Answer::service_unavailable) {
            metrics.answered(503);
            co_return answers::try_elsewhere();
        }
        metrics.dropped();
        co_return answers::drop();
    }
    if (!accepted) {
        metrics.answered(refusal);
        metrics.happened(type, EventResult::quarantined);
        co_return answers::not_understood(refusal, append.id, violations);
    }
    metrics.answered(200);
    metrics.happened(type, valid ? EventResult::accepted : EventResult::accepted_invalid);
    metrics.accepted_at(received);
    co_return answers::accepted(append.id);
}

} // namespace webhookd::ingest
