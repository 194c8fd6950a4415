#include "webhookd/event/decode.hpp"

#include "event/check.hpp"
#include "event/document.hpp"
#include "event/published_messages.hpp"
#include "event/read_message.hpp"
#include "event/recognise.hpp"

#include "webhookd/base/text.hpp"

#include <array>

namespace webhookd::event {
namespace {

constexpr std::array<std::string_view, 8> type_names{
    "com.flagsmith.flag.created",      "com.flagsmith.flag.updated",
    "com.flagsmith.flag.deleted",      "com.flagsmith.version.published",
    "com.flagsmith.audit_log.created", "com.flagsmith.identity.evaluated",
    "com.flagsmith.flags.evaluated",   "com.flagsmith.unknown"};

std::string_view describe(Message message) noexcept {
    switch (message) {
    case Message::flag_updated:
    case Message::flag_deleted:
        return "a change of a flag";
    case Message::version_published:
        return "a published version";
    case Message::audit_log_created:
        return "an entry of the audit log";
    case Message::identity_evaluated:
    case Message::flags_evaluated:
        return "an evaluation of flags";
    case Message::unknown:
        return "of a type that is not known";
    case Message::none:
        break;
    }
    return "no message of Flagsmith";
}

std::string_view describe(EndpointKind kind) noexcept {
    switch (kind) {
    case EndpointKind::environment:
        return "messages of an environment";
    case EndpointKind::organisation:
        return "messages of an organisation";
    case EndpointKind::identity:
        return "evaluations of identities";
    case EndpointKind::any:
        break;
    }
    return "messages of Flagsmith";
}

} // namespace

std::string_view type_name(Type type) noexcept {
    return type_names[static_cast<std::size_t>(type)];
}

struct Decoder::Impl {
    Document document;
    AttributeWriter attributes;
    Decoded result;

    void decode(std::string_view body, const EndpointRules& rules) {
        result.violations.clear();
        result.unique = false;
        Facts facts;
        if (!document.read(body)) {
            result.verdict = Decoded::Verdict::unreadable;
            const auto& error = document.error();
            result.violations.push_back({"", std::string(error.rule),
                                         std::string(error.detail) + " (byte " + std::to_string(error.offset) + ")"});
        } else {
            facts = understand(rules);
            result.verdict = result.violations.empty() ? Decoded::Verdict::valid : Decoded::Verdict::invalid;
            result.unique = facts.unique && result.verdict == Decoded::Verdict::valid;
        }
        result.type = facts.type;
        result.is_evaluation = facts.type == Type::identity_evaluated || facts.type == Type::flags_evaluated;
        write_attributes(attributes, facts, rules, result.verdict != Decoded::Verdict::valid);
        result.attributes = attributes.view();
    }

    Facts understand(const EndpointRules& rules) {
        return rules.profile == Profile::asyncapi ? understand_published(rules) : understand_real(rules);
    }

    /// Checks against the document alone. What the message is and says is then read as from any other: the document
    /// requires nothing, so real messages of other kinds may pass too.
    Facts understand_published(const EndpointRules& rules) {
        const auto& root = document.root();
        const bool organisation = rules.kind == EndpointKind::organisation;
        Checker checker(document, &result.violations);
        if (organisation)
            checker.check<published::OrganisationWebhookPayload>(root, nullptr);
        else
            checker.check<published::EnvironmentWebhookPayload>(root, nullptr);
        auto message = recognise(document);
        if (message == Message::none) message = organisation ? Message::audit_log_created : Message::flags_evaluated;
        return read_message(message, document, nullptr);
    }

    /// Checks against what servers send and this endpoint takes.
    Facts understand_real(const EndpointRules& rules) {
        Checker checker(document, &result.violations);
        const auto& root = document.root();
        if (root.kind != Kind::object) {
            checker.check<FlagUpdated>(root, nullptr); // reports the type
            return {};
        }
        const auto message = recognise(document);
        if (message == Message::none) {
            no_shape(checker);
            return {};
        }
        if (!takes(rules.kind, message))
            checker.report("", "shape",
                           "this is " + std::string(describe(message)) + ", but this endpoint takes " +
                               std::string(describe(rules.kind)));
        return read_message(message, document, &result.violations);
    }

    void no_shape(Checker& checker) {
        const auto* data = document.find(document.root(), "data");
        const auto* event_type = document.find(document.root(), "event_type");
        if (!data && event_type)
            checker.report("", "required", "must have \"data\"");
        else if (data && data->kind != Kind::object)
            checker.report("/data", "type", "must be an object or an array");
        else
            checker.report("", "shape",
                           "this is no message of Flagsmith: it has neither a known event_type nor the "
                           "members of an evaluation");
    }
};

Decoder::Decoder() : impl_(std::make_unique<Impl>()) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;

const Decoded& Decoder::decode(std::string_view body, const EndpointRules& rules) {
    impl_->decode(body, rules);
    return impl_->result;
}

} // namespace webhookd::event
