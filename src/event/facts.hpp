#pragma once

#include "event/audit_message.hpp"
#include "event/evaluation_messages.hpp"
#include "event/messages.hpp"
#include "webhookd/event/decode.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace webhookd::event {

/// What a message says, in the words of the attributes. Empty: it does not say. The views point into the Document, the
/// message it was made from, or constants.
struct Facts {
    Type type = Type::unknown;
    std::string_view eventtype;
    std::string_view statetime;
    std::string_view flag;
    std::string_view environment;
    std::string_view project;
    std::string_view actor;
    std::string_view scope;
    std::string_view segment;
    std::string_view identity;
    std::string_view log;
    std::string_view related_type; // subject of an audit entry: TYPE/ID
    std::string_view related_id;
    std::optional<bool> enabled;
    std::optional<bool> was_enabled;
    bool value_changed = false;
    bool variants_changed = false;
    bool is_new = false;  // the state did not exist before
    bool is_gone = false; // it does not exist any more
    bool is_test = false; // sent by the dashboard's test button
    bool unique = false;
};

Facts facts_of(const FlagUpdated& message, const Document& document);
Facts facts_of(const FlagDeleted& message, const Document& document);
Facts facts_of(const VersionPublished& message, const Document& document);
Facts facts_of(const AuditLogCreated& message, const Document& document);
Facts facts_of(const IdentityEvaluated& message, const Document& document);
Facts facts_of(const FlagsEvaluated& message, const Document& document);
Facts facts_of(const UnknownMessage& message, const Document& document);

/// Writes the attributes; where the message names no environment or project, `rules` fills in.
void write_attributes(AttributeWriter& out, const Facts& facts, const EndpointRules& rules, bool invalid);

} // namespace webhookd::event
