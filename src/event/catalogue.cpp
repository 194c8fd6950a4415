#include "event/catalogue.hpp"

#include "event/audit_message.hpp"
#include "event/evaluation_messages.hpp"
#include "event/messages.hpp"
#include "event/published_messages.hpp"

#include <array>

namespace webhookd::event {
namespace {

constexpr std::array table{
    CatalogueEntry{{"flag.updated", "a flag was created or its state changed (FLAG_UPDATED)"},
                   &shape_of<FlagUpdated>()},
    CatalogueEntry{{"flag.deleted", "a flag was deleted (FLAG_DELETED)"}, &shape_of<FlagDeleted>()},
    CatalogueEntry{{"version.published", "a version of a flag was published (NEW_VERSION_PUBLISHED)"},
                   &shape_of<VersionPublished>()},
    CatalogueEntry{{"audit_log.created", "the audit log has a new entry (AUDIT_LOG_CREATED)"},
                   &shape_of<AuditLogCreated>()},
    CatalogueEntry{{"identity.evaluated", "an identity asked for its flags (the integration named Webhook)"},
                   &shape_of<IdentityEvaluated>()},
    CatalogueEntry{{"flags.evaluated", "an identity asked for its flags, as the published document has it"},
                   &shape_of<FlagsEvaluated>()},
    CatalogueEntry{{"unknown", "an event type that is not known yet"}, &shape_of<UnknownMessage>()},
    CatalogueEntry{{"asyncapi.environment", "the environment message of profile = \"asyncapi\""},
                   &shape_of<published::EnvironmentWebhookPayload>()},
    CatalogueEntry{{"asyncapi.organisation", "the organisation message of profile = \"asyncapi\""},
                   &shape_of<published::OrganisationWebhookPayload>()},
};

} // namespace

std::span<const CatalogueEntry> catalogue() noexcept {
    return table;
}

} // namespace webhookd::event
