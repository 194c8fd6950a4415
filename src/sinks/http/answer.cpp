#include "sinks/http/answer.hpp"

#include <nlohmann/json.hpp>

namespace webhookd::sinks::http {

using sink::Outcome;
using sink::Outcomes;

Verdict judge(const webhookd::http::ClientAnswer& answer, std::string_view method) {
    using Kind = Verdict::Kind;
    const auto status = answer.status;
    const auto why = "answered " + std::to_string(status);
    if (status / 100 == 2) return {};
    if (method == "DELETE" && (status == 404 || status == 410)) return {};
    if (status == 407 || status == 408 || status == 425 || status == 429 || (status == 503 && answer.retry_after))
        return {Kind::away, why, answer.retry_after};
    if (status >= 500) return {Kind::retry, why, answer.retry_after};
    if (status / 100 == 3) return {Kind::refused, why + ": redirects are not followed", {}};
    return {Kind::refused, why, {}};
}

std::optional<Outcomes> judge_bulk(std::string_view body, std::size_t events) {
    const auto answer = nlohmann::json::parse(body, nullptr, false);
    if (answer.is_object() && answer.value("errors", nlohmann::json()) == false) return Outcomes(events);
    if (!answer.is_object() || !answer.contains("items") || !answer["items"].is_array() ||
        answer["items"].size() != events)
        return {};
    Outcomes outcomes;
    for (const auto& item : answer["items"]) {
        if (!item.is_object() || item.empty()) return {};
        const auto& result = *item.begin();
        if (!result.is_object()) return {};
        const auto status = result.value("status", 0u);
        const auto why = "the item was answered " + std::to_string(status);
        if (status / 100 == 2 || status == 409) // 409: it is there already
            outcomes.push_back(Outcome::delivered());
        else if (status == 429 || status >= 500)
            outcomes.push_back(Outcome::retry(why));
        else
            outcomes.push_back(Outcome::reject(why));
    }
    return outcomes;
}

} // namespace webhookd::sinks::http
