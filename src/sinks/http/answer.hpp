#pragma once

#include "webhookd/http/client.hpp"
#include "webhookd/sink/sink.hpp"

#include <optional>

namespace webhookd::sinks::http {

/// What an answer says about the event or events of its request.
struct Verdict {
    enum class Kind : std::uint8_t {
        delivered,
        away,    // overloaded or not there: 408, 425, 429, and 503 that says when to come back
        retry,   // 5xx: this event, or the destination as a whole; the lane finds out
        refused, // other 4xx, 3xx: not this
    };
    Kind kind = Kind::delivered;
    std::string why;
    std::optional<Duration> after;
};

/// `method`: what is to be deleted and is not there counts as deleted (404, 410).
Verdict judge(const webhookd::http::ClientAnswer& answer, std::string_view method);

/// The outcome of each event from the answer of Elasticsearch's bulk API; nothing where it is none.
std::optional<sink::Outcomes> judge_bulk(std::string_view body, std::size_t events);

} // namespace webhookd::sinks::http
