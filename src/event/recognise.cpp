#include "event/recognise.hpp"

#include "event/messages.hpp"

#include <algorithm>

namespace webhookd::event {
namespace {

bool is_known(std::string_view word) noexcept {
    return std::find(std::begin(words::event_types), std::end(words::event_types), word) !=
           std::end(words::event_types);
}

} // namespace

Message recognise(const Document& document) noexcept {
    const Node* data = nullptr;
    const Node* event_type = nullptr;
    bool evaluation = false;
    if (document.root().kind == Kind::object)
        for (const auto& member : document.children(document.root())) {
            const auto name = member.name();
            if (name == "data") data = &member;
            if (name == "event_type") event_type = &member;
            if (name == "identity" || name == "flags") evaluation = true;
        }
    if (!data) return evaluation ? Message::identity_evaluated : Message::none;
    if (data->kind == Kind::array) return Message::flags_evaluated;
    if (data->kind != Kind::object) return Message::none;

    const auto word = event_type && event_type->kind == Kind::string ? event_type->string() : std::string_view();
    if (!word.empty() && !is_known(word)) return Message::unknown;

    bool state = false, version = false, log = false, uuid = false;
    for (const auto& member : document.children(*data)) {
        const auto name = member.name();
        if (name == "new_state" || name == "previous_state") state = true;
        if (name == "feature_states") version = true;
        if (name == "log") log = true;
        if (name == "uuid") uuid = true;
    }
    if (state) return word == "FLAG_DELETED" ? Message::flag_deleted : Message::flag_updated;
    if (version) return Message::version_published;
    if (log) return Message::audit_log_created;
    if (uuid) return Message::version_published;
    if (word == "FLAG_UPDATED") return Message::flag_updated;
    if (word == "FLAG_DELETED") return Message::flag_deleted;
    if (word == "NEW_VERSION_PUBLISHED") return Message::version_published;
    if (word == "AUDIT_LOG_CREATED") return Message::audit_log_created;
    return Message::none;
}

bool takes(EndpointKind kind, Message message) noexcept {
    switch (message) {
    case Message::none:
        return false;
    case Message::flag_updated:
    case Message::flag_deleted:
    case Message::unknown:
        return kind != EndpointKind::identity;
    case Message::version_published:
    case Message::flags_evaluated:
        return kind == EndpointKind::environment || kind == EndpointKind::any;
    case Message::audit_log_created:
        return kind == EndpointKind::organisation || kind == EndpointKind::any;
    case Message::identity_evaluated:
        return kind != EndpointKind::organisation;
    }
    return false;
}

} // namespace webhookd::event
