#pragma once

#include "event/messages.hpp"

/// An identity asked for its flags: kind D, and the document's EnvironmentWebhookPayload.
namespace webhookd::event {

struct EvaluatedFeature {
    Text created_date;
    Boolean default_enabled;
    Text description;
    Integer id;
    Text initial_value;
    Text name;
    Text type;
};
constexpr auto describe(std::type_identity<EvaluatedFeature>) {
    using F = EvaluatedFeature;
    return std::tuple{
        member("created_date", &F::created_date, "when the flag was made"),
        member("default_enabled", &F::default_enabled, "whether it is on in new environments"),
        member("description", &F::description, "what it is for", {.nullable = true}),
        member("id", &F::id, "its number"),
        member("initial_value", &F::initial_value, "its value in new environments, always as text", {.nullable = true}),
        member("name", &F::name, "the name of the flag"),
        member("type", &F::type, "what kind of flag it is", {.nullable = true, .words = {words::feature_types}})};
}

struct Evaluation {
    Boolean enabled;
    Integer environment;
    std::optional<EvaluatedFeature> feature;
    Integer feature_segment;
    FlagValue feature_state_value;
    Integer id;
    Integer identity;
    Number percentage_allocation;
};
constexpr auto describe(std::type_identity<Evaluation>) {
    using E = Evaluation;
    return std::tuple{
        member("enabled", &E::enabled, "whether the flag is on for this identity"),
        member("environment", &E::environment, "the number of the environment"),
        member("feature", &E::feature, "the flag"),
        member("feature_segment", &E::feature_segment, "the segment override that decided, if one did",
               {.nullable = true}),
        member("feature_state_value", &E::feature_state_value, "the value for this identity", {.nullable = true}),
        member("id", &E::id, "the number of the state"),
        member("identity", &E::identity, "the identity, if it has an override of its own",
               {.nullable = true, .sensitive = Sensitive::personal}),
        member("percentage_allocation", &E::percentage_allocation,
               "the share of the variant this identity got; absent where there is no value", {.nullable = true})};
}

struct SegmentMembership {
    Integer id;
    Boolean member;
    Text name;
};
constexpr auto describe(std::type_identity<SegmentMembership>) {
    return std::tuple{member("id", &SegmentMembership::id, "its number"),
                      member("member", &SegmentMembership::member, "whether the identity belongs to it"),
                      member("name", &SegmentMembership::name, "its name")};
}

struct Trait {
    Integer id;
    Text trait_key;
    TraitValue trait_value;
    Boolean transient;
};
constexpr auto describe(std::type_identity<Trait>) {
    return std::tuple{
        member("id", &Trait::id, "its number; null if it is not stored", {.nullable = true}),
        member("trait_key", &Trait::trait_key, "its name"),
        member("trait_value", &Trait::trait_value, "its value", {.nullable = true, .sensitive = Sensitive::trait}),
        member("transient", &Trait::transient, "whether it is kept only for this request; since 2.130")};
}

struct IdentityEvaluated {
    List<Evaluation> flags;
    Text identity;
    List<SegmentMembership> segments;
    List<Trait> traits;
};
constexpr auto describe(std::type_identity<IdentityEvaluated>) {
    using M = IdentityEvaluated;
    return std::tuple{member("flags", &M::flags, "every flag as this identity sees it", {.required = true}),
                      member("identity", &M::identity, "what the application calls the identity",
                             {.required = true, .sensitive = Sensitive::personal}),
                      member("segments", &M::segments, "the segments of the project and whether it belongs to them"),
                      member("traits", &M::traits, "what is known of it")};
}

struct FlagsEvaluated {
    List<Evaluation> data;
    Text event_type;
    Text timestamp;
};
constexpr auto describe(std::type_identity<FlagsEvaluated>) {
    return std::tuple{member("data", &FlagsEvaluated::data, "the flags as an identity sees them", {.required = true}),
                      member("event_type", &FlagsEvaluated::event_type, "the word for this message",
                             {.words = {words::flag_updated, Words::Use::only}}),
                      member("timestamp", &FlagsEvaluated::timestamp, "when")};
}

// --- an event type that does not exist yet
// ----------------------------------------------------------------------------

struct UnknownMessage {
    Anything data;
    Text event_type;
};
constexpr auto describe(std::type_identity<UnknownMessage>) {
    return std::tuple{member("data", &UnknownMessage::data, "whatever a newer server says", {.required = true}),
                      member("event_type", &UnknownMessage::event_type, "a word that is none of those known",
                             {.required = true, .words = {words::event_types, Words::Use::none_of}})};
}

} // namespace webhookd::event
