#pragma once

#include "event/document.hpp"
#include "webhookd/event/decode.hpp"

namespace webhookd::event {

/// Which list describes a body.
enum class Message : std::uint8_t {
    none, // no known shape
    flag_updated,
    flag_deleted,
    version_published,
    audit_log_created,
    identity_evaluated,
    flags_evaluated,
    unknown, // an event type of a newer server
};

/// The message a body looks like: the shape decides, before `event_type`, which only tells apart what has one shape and
/// names the message that was meant where there is none.
Message recognise(const Document& document) noexcept;

/// Whether an endpoint of this kind takes it.
bool takes(EndpointKind kind, Message message) noexcept;

} // namespace webhookd::event
