#pragma once

#include "event/rules.hpp"

/// The messages that real servers send (all versions since 2018), and the published document's where those differ.
/// A member is required only where nothing would be left of the event without it: releases add and drop members.
namespace webhookd::event {

template <class Owner, class Value>
constexpr auto member(std::string_view name, Value Owner::*member, std::string_view meaning, Rules rules = {}) {
    return fields::field(name, member, meaning, rules);
}

namespace words {
inline constexpr std::string_view flag_updated[] = {"FLAG_UPDATED"};
inline constexpr std::string_view flag_deleted[] = {"FLAG_DELETED"};
inline constexpr std::string_view version_published[] = {"NEW_VERSION_PUBLISHED"};
inline constexpr std::string_view audit_log[] = {"AUDIT_LOG_CREATED", "FLAG_UPDATED", "FLAG_DELETED"};
/// Every event type that exists; another one is passed on as unknown.
inline constexpr std::string_view event_types[] = {"FLAG_UPDATED", "FLAG_DELETED", "AUDIT_LOG_CREATED",
                                                   "NEW_VERSION_PUBLISHED"};
inline constexpr std::string_view feature_types[] = {"STANDARD", "MULTIVARIATE", "CONFIG", "FLAG"};
inline constexpr std::string_view related_objects[] = {
    "FEATURE",        "FEATURE_STATE", "SEGMENT",        "ENVIRONMENT",      "CHANGE_REQUEST",       "EDGE_IDENTITY",
    "IMPORT_REQUEST", "EF_VERSION",    "FEATURE_HEALTH", "RELEASE_PIPELINE", "WAREHOUSE_CONNECTION", "EXPERIMENT",
    "METRIC"};
inline constexpr std::string_view migrations[] = {"MIGRATION_COMPLETED", "MIGRATION_IN_PROGRESS", "MIGRATION_SCHEDULED",
                                                  "MIGRATION_NOT_STARTED", "NOT_APPLICABLE"};
inline constexpr std::string_view edge_migrations[] = {"NOT_STARTED", "IN_PROGRESS", "COMPLETE", "INCOMPLETE"};
} // namespace words

// --- parts
// ------------------------------------------------------------------------------------------------------------

struct Reference {
    Integer id;
    Text name;
};
constexpr auto describe(std::type_identity<Reference>) {
    return std::tuple{member("id", &Reference::id, "its number"), member("name", &Reference::name, "its name")};
}

struct Segment {
    Text description;
    Integer id;
    Text name;
};
constexpr auto describe(std::type_identity<Segment>) {
    return std::tuple{member("description", &Segment::description, "what it is for", {.nullable = true}),
                      member("id", &Segment::id, "its number"), member("name", &Segment::name, "its name")};
}

struct FeatureSegment {
    Integer priority;
    std::optional<Segment> segment;
};
constexpr auto describe(std::type_identity<FeatureSegment>) {
    return std::tuple{
        member("priority", &FeatureSegment::priority, "which override wins; 0 comes first", {.minimum = 0}),
        member("segment", &FeatureSegment::segment, "whom the override is for")};
}

struct VariantOption {
    Integer id;
    FlagValue value;
};
constexpr auto describe(std::type_identity<VariantOption>) {
    return std::tuple{member("id", &VariantOption::id, "its number"),
                      member("value", &VariantOption::value, "the value of the variant", {.nullable = true})};
}

struct Variant {
    Integer id;
    std::optional<VariantOption> multivariate_feature_option;
    Number percentage_allocation;
};
constexpr auto describe(std::type_identity<Variant>) {
    return std::tuple{
        member("id", &Variant::id, "its number"),
        member("multivariate_feature_option", &Variant::multivariate_feature_option, "what the variant is"),
        member("percentage_allocation", &Variant::percentage_allocation, "the share of identities that get it",
               {.minimum = 0, .maximum = 100})};
}

struct Feature {
    Text created_date;
    Boolean default_enabled;
    Text description;
    Integer id;
    Text initial_value;
    Text name;
    Either<Integer, Reference> project;
    Text type;
};
constexpr auto describe(std::type_identity<Feature>) {
    return std::tuple{
        member("created_date", &Feature::created_date, "when the flag was made"),
        member("default_enabled", &Feature::default_enabled, "whether it is on in new environments"),
        member("description", &Feature::description, "what it is for", {.nullable = true}),
        member("id", &Feature::id, "its number"),
        member("initial_value", &Feature::initial_value, "its value in new environments, always as text",
               {.nullable = true}),
        member("name", &Feature::name, "the name of the flag", {.required = true}),
        member("project", &Feature::project, "the project it belongs to; its number alone in messages of 2020"),
        member("type", &Feature::type, "what kind of flag it is", {.nullable = true, .words = {words::feature_types}})};
}

// --- a flag was changed (kind A)
// --------------------------------------------------------------------------------------

struct FlagState {
    Boolean enabled;
    Either<Integer, Reference> environment;
    std::optional<Feature> feature;
    Either<Integer, FeatureSegment> feature_segment;
    FlagValue feature_state_value;
    Integer id;
    IntegerOrText identity;
    Text identity_identifier;
    List<Variant> multivariate_feature_state_values;
};
constexpr auto describe(std::type_identity<FlagState>) {
    return std::tuple{member("enabled", &FlagState::enabled, "whether the flag is on", {.required = true}),
                      member("environment", &FlagState::environment, "where; its number alone in messages of 2020"),
                      member("feature", &FlagState::feature, "the flag", {.required = true}),
                      member("feature_segment", &FlagState::feature_segment,
                             "the segment this state overrides the flag for", {.nullable = true}),
                      member("feature_state_value", &FlagState::feature_state_value,
                             "the value; of a multivariate flag that of the control group", {.nullable = true}),
                      member("id", &FlagState::id, "the number of the state, in messages of 2020"),
                      member("identity", &FlagState::identity, "the identity this state overrides the flag for",
                             {.nullable = true, .sensitive = Sensitive::personal}),
                      member("identity_identifier", &FlagState::identity_identifier,
                             "what the application calls that identity",
                             {.nullable = true, .sensitive = Sensitive::personal}),
                      member("multivariate_feature_state_values", &FlagState::multivariate_feature_state_values,
                             "the variants and their shares; since 2.214")};
}

struct FlagUpdatedData {
    Text changed_by;
    std::optional<FlagState> new_state;
    std::optional<FlagState> previous_state;
    Text timestamp;
};
constexpr auto describe(std::type_identity<FlagUpdatedData>) {
    return std::tuple{
        member("changed_by", &FlagUpdatedData::changed_by,
               "who: an e-mail address or the name of an API key, empty when unknown",
               {.nullable = true, .sensitive = Sensitive::personal}),
        member("new_state", &FlagUpdatedData::new_state, "the state after the change", {.required = true}),
        member("previous_state", &FlagUpdatedData::previous_state,
               "the state before; absent for the first one of a flag or an override"),
        member("timestamp", &FlagUpdatedData::timestamp, "when the state was last edited; may be empty")};
}

struct FlagUpdated {
    std::optional<FlagUpdatedData> data;
    Text event_type;
};
constexpr auto describe(std::type_identity<FlagUpdated>) {
    return std::tuple{member("data", &FlagUpdated::data, "the change", {.required = true}),
                      member("event_type", &FlagUpdated::event_type, "the word for this message",
                             {.required = true, .words = {words::flag_updated, Words::Use::only}})};
}

struct FlagDeletedData {
    Text changed_by;
    Nothing new_state;
    std::optional<FlagState> previous_state;
    Text timestamp;
};
constexpr auto describe(std::type_identity<FlagDeletedData>) {
    return std::tuple{
        member("changed_by", &FlagDeletedData::changed_by, "who made the last edit before the deletion",
               {.nullable = true, .sensitive = Sensitive::personal}),
        member("new_state", &FlagDeletedData::new_state, "always null"),
        member("previous_state", &FlagDeletedData::previous_state, "the state that is gone", {.required = true}),
        member("timestamp", &FlagDeletedData::timestamp,
               "when the last edit before the deletion was made, possibly months ago; may be empty")};
}

struct FlagDeleted {
    std::optional<FlagDeletedData> data;
    Text event_type;
};
constexpr auto describe(std::type_identity<FlagDeleted>) {
    return std::tuple{member("data", &FlagDeleted::data, "the deletion", {.required = true}),
                      member("event_type", &FlagDeleted::event_type, "the word for this message",
                             {.required = true, .words = {words::flag_deleted, Words::Use::only}})};
}

// --- a version of an environment was published (kind B)
// ---------------------------------------------------------------

struct VersionState {
    Boolean enabled;
    List<Variant> multivariate_feature_state_values;
    FlagValue value;
};
constexpr auto describe(std::type_identity<VersionState>) {
    return std::tuple{member("enabled", &VersionState::enabled, "whether the flag is on"),
                      member("multivariate_feature_state_values", &VersionState::multivariate_feature_state_values,
                             "the variants and their shares; since 2.234"),
                      member("value", &VersionState::value, "the value", {.nullable = true})};
}

struct Publisher {
    Text email;
    Integer id;
};
constexpr auto describe(std::type_identity<Publisher>) {
    return std::tuple{member("email", &Publisher::email, "the address of the user", {.sensitive = Sensitive::personal}),
                      member("id", &Publisher::id, "the number of the user")};
}

struct NamedFeature {
    Integer id;
    Text name;
};
constexpr auto describe(std::type_identity<NamedFeature>) {
    return std::tuple{member("id", &NamedFeature::id, "its number"),
                      member("name", &NamedFeature::name, "the name of the flag", {.required = true})};
}

struct VersionPublishedData {
    std::optional<NamedFeature> feature;
    List<VersionState> feature_states;
    std::optional<Publisher> published_by;
    Text uuid;
};
constexpr auto describe(std::type_identity<VersionPublishedData>) {
    return std::tuple{
        member("feature", &VersionPublishedData::feature, "the flag", {.required = true}),
        member("feature_states", &VersionPublishedData::feature_states,
               "its states in this version: the environment's and one for each segment override", {.required = true}),
        member("published_by", &VersionPublishedData::published_by, "who; null for an API key", {.nullable = true}),
        member("uuid", &VersionPublishedData::uuid, "the id of the version", {.required = true})};
}

struct VersionPublished {
    std::optional<VersionPublishedData> data;
    Text event_type;
};
constexpr auto describe(std::type_identity<VersionPublished>) {
    return std::tuple{member("data", &VersionPublished::data, "the version", {.required = true}),
                      member("event_type", &VersionPublished::event_type, "the word for this message",
                             {.required = true, .words = {words::version_published, Words::Use::only}})};
}

} // namespace webhookd::event
