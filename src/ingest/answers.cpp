#include "ingest/answers.hpp"

#include <nlohmann/json.hpp>

namespace webhookd::ingest::answers {
namespace {

constexpr std::string_view problem_type = "application/problem+json"; // RFC 9457

http::Answer problem(unsigned status, std::string_view title, bool close = false, std::string headers = {}) {
    http::Answer answer;
    answer.status = status;
    answer.content_type = problem_type;
    answer.body.append(R"({"type":"about:blank","title":")")
        .append(title)
        .append(R"(","status":)")
        .append(std::to_string(status))
        .append("}");
    answer.headers = std::move(headers);
    answer.close = close;
    return answer;
}

http::Answer stored(const EventId& id, std::string_view status) {
    http::Answer answer;
    answer.body.reserve(80);
    answer.body += R"({"id":")";
    append_id(answer.body, id);
    answer.body.append(R"(","status":")").append(status).append("\"}");
    return answer;
}

std::string allow_line(std::string_view allow) {
    return std::string("Allow: ").append(allow).append("\r\n");
}

} // namespace

http::Answer accepted(const EventId& id) {
    return stored(id, "accepted");
}

http::Answer duplicate(const EventId& id) {
    return stored(id, "duplicate");
}

http::Answer health(bool ready) {
    http::Answer answer;
    if (!ready) return problem(503, "events cannot be stored");
    answer.body = R"({"status":"ok"})";
    return answer;
}

http::Answer options(std::string_view allow) {
    http::Answer answer;
    answer.status = 204;
    answer.headers = allow_line(allow);
    return answer;
}

http::Answer method_not_allowed(std::string_view allow) {
    return problem(405, "method not allowed", false, allow_line(allow));
}

http::Answer not_found() {
    return problem(404, "no such endpoint");
}

http::Answer forbidden() {
    return problem(403, "address not allowed", true);
}

http::Answer unsupported_media_type() {
    return problem(415, "send application/json", false, "Accept: application/json\r\n");
}

http::Answer too_large() {
    return problem(413, "body too large", true);
}

http::Answer unauthorized() {
    return problem(401, "not authenticated", true, "WWW-Authenticate: FlagsmithSignature\r\n");
}

http::Answer not_understood(unsigned status, const std::optional<EventId>& id,
                            std::span<const event::Violation> violations) {
    nlohmann::ordered_json body{{"type", "about:blank"},
                                {"title", status == 400 ? "the body is not JSON" : "not a message this endpoint takes"},
                                {"status", status}};
    if (id) body["id"] = to_string(*id);
    auto& errors = body["errors"] = nlohmann::ordered_json::array();
    for (const auto& violation : violations)
        errors.push_back({{"pointer", violation.pointer}, {"rule", violation.rule}, {"detail", violation.detail}});
    http::Answer answer;
    answer.status = status;
    answer.content_type = problem_type;
    answer.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return answer;
}

http::Answer try_elsewhere() {
    return problem(503, "the event could not be stored", true, "Retry-After: 5\r\n");
}

http::Answer drop() {
    http::Answer answer;
    answer.close = true;
    answer.drop = true;
    return answer;
}

} // namespace webhookd::ingest::answers
