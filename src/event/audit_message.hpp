#pragma once

#include "event/messages.hpp"

/// An entry of the audit log (kind C), and the document's AuditLogEntry, whose environment and project are names.
namespace webhookd::event {

struct Author {
    Text email;
    Text first_name;
    Integer id;
    Text last_login;
    Text last_name;
    Text uuid;
};
constexpr auto describe(std::type_identity<Author>) {
    constexpr auto personal = Sensitive::personal;
    return std::tuple{
        member("email", &Author::email, "the address of the user", {.sensitive = personal}),
        member("first_name", &Author::first_name, "may be empty", {.sensitive = personal}),
        member("id", &Author::id, "the number of the user"),
        member("last_login", &Author::last_login, "when the user last logged in; since 2.43", {.nullable = true}),
        member("last_name", &Author::last_name, "may be empty", {.sensitive = personal}),
        member("uuid", &Author::uuid, "the id of the user; since 2.138")};
}

struct AuditEnvironment {
    Boolean allow_client_traits;
    Text api_key;
    Text banner_colour;
    Text banner_text;
    Text description;
    Boolean hide_disabled_flags;
    Boolean hide_sensitive_data;
    Integer id;
    Boolean is_creating;
    Integer minimum_change_request_approvals;
    Text name;
    Integer project;
    Boolean use_identity_composite_key_for_hashing;
    Boolean use_identity_overrides_in_local_eval;
    Boolean use_mv_v2_evaluation;
    Boolean use_v2_feature_versioning;
    Text uuid;
};
constexpr auto describe(std::type_identity<AuditEnvironment>) {
    using E = AuditEnvironment;
    return std::tuple{
        member("allow_client_traits", &E::allow_client_traits, "whether clients may set traits"),
        member("api_key", &E::api_key, "the key with which clients ask for flags", {.sensitive = Sensitive::key}),
        member("banner_colour", &E::banner_colour, "colour of the dashboard's banner", {.nullable = true}),
        member("banner_text", &E::banner_text, "text of the dashboard's banner", {.nullable = true}),
        member("description", &E::description, "what it is for", {.nullable = true}),
        member("hide_disabled_flags", &E::hide_disabled_flags, "whether clients see flags that are off",
               {.nullable = true}),
        member("hide_sensitive_data", &E::hide_sensitive_data, "whether clients see metadata"),
        member("id", &E::id, "its number"),
        member("is_creating", &E::is_creating, "whether it is still being made"),
        member("minimum_change_request_approvals", &E::minimum_change_request_approvals,
               "how many must approve a change", {.nullable = true}),
        member("name", &E::name, "its name"),
        member("project", &E::project, "the number of its project"),
        member("use_identity_composite_key_for_hashing", &E::use_identity_composite_key_for_hashing,
               "how percentages are computed"),
        member("use_identity_overrides_in_local_eval", &E::use_identity_overrides_in_local_eval,
               "whether local evaluation knows identity overrides"),
        member("use_mv_v2_evaluation", &E::use_mv_v2_evaluation, "how variants are chosen"),
        member("use_v2_feature_versioning", &E::use_v2_feature_versioning,
               "whether changes are published as versions; since 2.84"),
        member("uuid", &E::uuid, "its id; since 2.155")};
}

struct AuditProject {
    Text edge_v2_migration_status;
    Boolean enable_dynamo_db;
    Boolean enable_realtime_updates;
    Boolean enforce_feature_owners;
    Text feature_name_regex;
    Boolean hide_disabled_flags;
    Integer id;
    Text migration_status;
    Integer minimum_change_request_approvals;
    Text name;
    Boolean only_allow_lower_case_feature_names;
    Integer organisation;
    Boolean prevent_flag_defaults;
    Boolean show_edge_identity_overrides_for_feature;
    Integer stale_flags_limit_days;
    Boolean use_edge_identities;
    Text uuid;
};
constexpr auto describe(std::type_identity<AuditProject>) {
    using P = AuditProject;
    return std::tuple{
        member("edge_v2_migration_status", &P::edge_v2_migration_status, "state of the move to the second edge store",
               {.words = {words::edge_migrations}}),
        member("enable_dynamo_db", &P::enable_dynamo_db, "whether the edge store is used"),
        member("enable_realtime_updates", &P::enable_realtime_updates, "whether clients are told of changes"),
        member("enforce_feature_owners", &P::enforce_feature_owners, "whether flags need owners"),
        member("feature_name_regex", &P::feature_name_regex, "what names of flags look like", {.nullable = true}),
        member("hide_disabled_flags", &P::hide_disabled_flags, "whether clients see flags that are off"),
        member("id", &P::id, "its number"),
        member("migration_status", &P::migration_status, "state of the move to the edge store",
               {.words = {words::migrations}}),
        member("minimum_change_request_approvals", &P::minimum_change_request_approvals,
               "how many must approve a change", {.nullable = true}),
        member("name", &P::name, "its name"),
        member("only_allow_lower_case_feature_names", &P::only_allow_lower_case_feature_names,
               "whether names of flags are in lower case"),
        member("organisation", &P::organisation, "the number of its organisation"),
        member("prevent_flag_defaults", &P::prevent_flag_defaults, "whether new flags have defaults"),
        member("show_edge_identity_overrides_for_feature", &P::show_edge_identity_overrides_for_feature,
               "whether the dashboard lists edge overrides"),
        member("stale_flags_limit_days", &P::stale_flags_limit_days, "after how many days a flag counts as stale"),
        member("use_edge_identities", &P::use_edge_identities, "whether identities live in the edge store"),
        member("uuid", &P::uuid, "its id")};
}

struct AuditEntry {
    std::optional<Author> author;
    Text created_date;
    Either<Text, AuditEnvironment> environment;
    Integer id;
    Boolean is_system_event;
    Text log;
    Either<Text, AuditProject> project;
    Integer related_object_id;
    Text related_object_type;
    Text related_object_uuid;
};
constexpr auto describe(std::type_identity<AuditEntry>) {
    using E = AuditEntry;
    return std::tuple{
        member("author", &E::author, "who; null for an API key, a system event or a deleted user", {.nullable = true}),
        member("created_date", &E::created_date, "when"),
        member("environment", &E::environment, "where; null for an event of the whole project", {.nullable = true}),
        member("id", &E::id, "the number of the entry; since 2.28"),
        member("is_system_event", &E::is_system_event, "whether the server did it by itself; since 2.36"),
        member("log", &E::log, "what happened, as a sentence", {.required = true}),
        member("project", &E::project, "in which project", {.nullable = true}),
        member("related_object_id", &E::related_object_id, "the number of what was changed", {.nullable = true}),
        member("related_object_type", &E::related_object_type, "what kind of thing was changed",
               {.nullable = true, .words = {words::related_objects}}),
        member("related_object_uuid", &E::related_object_uuid, "the id of what was changed; since 2.118",
               {.nullable = true})};
}

struct AuditLogCreated {
    std::optional<AuditEntry> data;
    Text event_type;
    Text timestamp;
};
constexpr auto describe(std::type_identity<AuditLogCreated>) {
    return std::tuple{
        member("data", &AuditLogCreated::data, "the entry", {.required = true}),
        member("event_type", &AuditLogCreated::event_type,
               "the word for this message; the published document also names those of flags",
               {.words = {words::audit_log, Words::Use::only}}),
        member("timestamp", &AuditLogCreated::timestamp, "when, in the published document; no server sends it")};
}

} // namespace webhookd::event
