#pragma once

#include "webhookd/base/id.hpp"
#include "webhookd/event/decode.hpp"
#include "webhookd/http/message.hpp"

#include <optional>
#include <span>
#include <string_view>

/// Every answer of the listener to a post, in one place (contract: section 3). None holds anything the sender wrote,
/// except violations, which only a sender that knows the secret gets to see.
namespace webhookd::ingest::answers {

http::Answer accepted(const EventId& id);
http::Answer duplicate(const EventId& id);
http::Answer health(bool ready);
http::Answer options(std::string_view allow);
http::Answer method_not_allowed(std::string_view allow);
http::Answer not_found();
http::Answer forbidden();
http::Answer unsupported_media_type();
http::Answer too_large();
/// One answer for every fault of a signature: which it was is nobody's business.
http::Answer unauthorized();
/// 422, or 400 for a body that is no JSON. `id`: under which it is kept in quarantine, if it is.
http::Answer not_understood(unsigned status, const std::optional<EventId>& id,
                            std::span<const event::Violation> violations);
/// 503 for endpoints behind a balancer that tries another receiver.
http::Answer try_elsewhere();
/// Close without an answer: Flagsmith sends such an event again, and never one answered with an error status.
http::Answer drop();

} // namespace webhookd::ingest::answers
