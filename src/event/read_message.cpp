#include "event/read_message.hpp"

#include "event/check.hpp"

namespace webhookd::event {
namespace {

template <class S>
Facts read(const Document& document, std::vector<Violation>* violations) {
    S message;
    Checker(document, violations).check(document.root(), &message);
    return facts_of(message, document);
}

/// An event type of a newer server: what it says of a flag in a shape we know is read all the same.
Facts read_unknown(const Document& document, std::vector<Violation>* violations) {
    const auto known = read<UnknownMessage>(document, violations);
    const auto* data = document.find(document.root(), "data");
    auto facts = data && document.find(*data, "log") ? read<AuditLogCreated>(document, nullptr)
                                                     : read<FlagUpdated>(document, nullptr);
    facts.type = Type::unknown;
    facts.eventtype = known.eventtype;
    facts.unique = false;
    return facts;
}

} // namespace

Facts read_message(Message message, const Document& document, std::vector<Violation>* violations) {
    switch (message) {
    case Message::flag_updated:
        return read<FlagUpdated>(document, violations);
    case Message::flag_deleted:
        return read<FlagDeleted>(document, violations);
    case Message::version_published:
        return read<VersionPublished>(document, violations);
    case Message::audit_log_created:
        return read<AuditLogCreated>(document, violations);
    case Message::identity_evaluated:
        return read<IdentityEvaluated>(document, violations);
    case Message::flags_evaluated:
        return read<FlagsEvaluated>(document, violations);
    case Message::unknown:
        return read_unknown(document, violations);
    case Message::none:
        break;
    }
    return {};
}

} // namespace webhookd::event
