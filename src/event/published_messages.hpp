#pragma once

#include "event/messages.hpp"

/// The messages of the published AsyncAPI document (Flagsmith Webhook Events 1.0), exactly: profile = "asyncapi".
/// Nothing is required, enumerations are closed, formats are asserted; `nullable: true` allows null before any other
/// rule.
namespace webhookd::event::published {

namespace words {
inline constexpr std::string_view environment_events[] = {"FLAG_UPDATED"};
inline constexpr std::string_view organisation_events[] = {"FLAG_UPDATED", "FLAG_DELETED", "AUDIT_LOG_CREATED"};
inline constexpr std::string_view feature_types[] = {"STANDARD", "MULTIVARIATE"};
inline constexpr std::string_view related_objects[] = {"FEATURE", "FEATURE_STATE", "SEGMENT", "ENVIRONMENT",
                                                       "CHANGE_REQUEST"};
} // namespace words

struct WebhookFeature {
    Text created_date;
    Boolean default_enabled;
    Text description;
    Integer id;
    Text initial_value;
    Text name;
    Text type;
};
constexpr auto describe(std::type_identity<WebhookFeature>) {
    using F = WebhookFeature;
    return std::tuple{
        member("created_date", &F::created_date, "when the flag was made", {.format = TextFormat::date_time}),
        member("default_enabled", &F::default_enabled, "whether it is on by default"),
        member("description", &F::description, "what it is for", {.nullable = true}),
        member("id", &F::id, "its number"),
        member("initial_value", &F::initial_value, "its first value", {.nullable = true}),
        member("name", &F::name, "the name of the flag"),
        member("type", &F::type, "what kind of flag it is", {.words = {words::feature_types, Words::Use::only}})};
}

struct FlagEvaluation {
    Boolean enabled;
    Integer environment;
    std::optional<WebhookFeature> feature;
    Integer feature_segment;
    FlagValue feature_state_value;
    Integer id;
    Integer identity;
};
constexpr auto describe(std::type_identity<FlagEvaluation>) {
    using E = FlagEvaluation;
    return std::tuple{
        member("enabled", &E::enabled, "whether the flag is on for this identity"),
        member("environment", &E::environment, "the number of the environment"),
        member("feature", &E::feature, "the flag"),
        member("feature_segment", &E::feature_segment, "the segment override that decided, if one did",
               {.nullable = true}),
        member("feature_state_value", &E::feature_state_value, "the value for this identity", {.nullable = true}),
        member("id", &E::id, "the number of the state"),
        member("identity", &E::identity, "the number of the identity",
               {.nullable = true, .sensitive = Sensitive::personal})};
}

struct EnvironmentWebhookPayload {
    List<FlagEvaluation> data;
    Text event_type;
    Text timestamp;
};
constexpr auto describe(std::type_identity<EnvironmentWebhookPayload>) {
    using P = EnvironmentWebhookPayload;
    return std::tuple{member("data", &P::data, "the flags as an identity sees them"),
                      member("event_type", &P::event_type, "the word for this message",
                             {.words = {words::environment_events, Words::Use::only}}),
                      member("timestamp", &P::timestamp, "when", {.format = TextFormat::date_time})};
}

struct AuditLogAuthor {
    Text email;
    Text first_name;
    Integer id;
    Text last_name;
};
constexpr auto describe(std::type_identity<AuditLogAuthor>) {
    using A = AuditLogAuthor;
    constexpr auto personal = Sensitive::personal;
    return std::tuple{
        member("email", &A::email, "the address of the user", {.format = TextFormat::email, .sensitive = personal}),
        member("first_name", &A::first_name, "first name of the user", {.sensitive = personal}),
        member("id", &A::id, "the number of the user"),
        member("last_name", &A::last_name, "last name of the user", {.sensitive = personal})};
}

struct AuditLogEntry {
    std::optional<AuditLogAuthor> author;
    Text created_date;
    Text environment;
    Integer id;
    Text log;
    Text project;
    Integer related_object_id;
    Text related_object_type;
};
constexpr auto describe(std::type_identity<AuditLogEntry>) {
    using E = AuditLogEntry;
    return std::tuple{
        member("author", &E::author, "who"),
        member("created_date", &E::created_date, "when", {.format = TextFormat::date_time}),
        member("environment", &E::environment, "the name of the environment", {.nullable = true}),
        member("id", &E::id, "the number of the entry"),
        member("log", &E::log, "what happened, as a sentence"),
        member("project", &E::project, "the name of the project", {.nullable = true}),
        member("related_object_id", &E::related_object_id, "the number of what was changed", {.nullable = true}),
        member("related_object_type", &E::related_object_type, "what kind of thing was changed",
               {.nullable = true, .words = {words::related_objects, Words::Use::only}})};
}

struct OrganisationWebhookPayload {
    std::optional<AuditLogEntry> data;
    Text event_type;
    Text timestamp;
};
constexpr auto describe(std::type_identity<OrganisationWebhookPayload>) {
    using P = OrganisationWebhookPayload;
    return std::tuple{member("data", &P::data, "the entry of the audit log"),
                      member("event_type", &P::event_type, "the word for this message",
                             {.words = {words::organisation_events, Words::Use::only}}),
                      member("timestamp", &P::timestamp, "when", {.format = TextFormat::date_time})};
}

} // namespace webhookd::event::published
