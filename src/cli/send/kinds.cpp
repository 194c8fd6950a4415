#include "cli/send/kinds.hpp"

#include "webhookd/base/json_style.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace webhookd::cli::send {
namespace {

using Json = nlohmann::json;

// --- the world the events are about
// -----------------------------------------------------------------------------------

struct Named {
    int id;
    std::string_view name;
};

constexpr std::array environments{Named{207, "Production"}, Named{208, "Staging"}, Named{209, "Development"}};
constexpr std::array features{Named{5120, "checkout_v2"},  Named{5121, "new_banner"},  Named{5122, "dark_mode"},
                              Named{5123, "search_boost"}, Named{5124, "price_limit"}, Named{5125, "kill_switch"},
                              Named{5126, "onboarding"},   Named{5127, "beta_reports"}};
constexpr std::array segments{Named{77, "beta-testers"}, Named{78, "internal"}, Named{79, "gold plan"}};
constexpr std::array people{"robin@example.com", "sam@example.com", "deploy-bot", "jo@example.com"};
constexpr Named project{41, "Storefront"};
constexpr std::string_view long_ago = "2026-03-02T09:14:55.120487Z";

template <class T, std::size_t N>
const T& any_of(const std::array<T, N>& all, Source& source) {
    return all[source.random() % N];
}

bool coin(Source& source) {
    return source.random() % 2 == 0;
}

std::string uuid(Source& source) {
    const auto a = source.random(), b = source.random();
    return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", a >> 32, (a >> 16) & 0xffff, a & 0xfff,
                       0x8000 | ((b >> 48) & 0x3fff), b & 0xffffffffffff);
}

Json by_id(const Named& named) {
    return {{"id", named.id}, {"name", named.name}};
}

// --- flag changes
// -----------------------------------------------------------------------------------------------------

Json feature(const Named& named, std::string_view type = "STANDARD") {
    return {{"created_date", long_ago}, {"default_enabled", false}, {"description", nullptr},    {"id", named.id},
            {"initial_value", nullptr}, {"name", named.name},       {"project", by_id(project)}, {"type", type}};
}

Json state(const Named& flag, const Named& environment, bool enabled, Json value) {
    return {{"enabled", enabled},
            {"environment", by_id(environment)},
            {"feature", feature(flag)},
            {"feature_segment", nullptr},
            {"feature_state_value", std::move(value)},
            {"identity", nullptr},
            {"identity_identifier", nullptr},
            {"multivariate_feature_state_values", Json::array()}};
}

std::string text(const Json& body) {
    std::string out;
    append_json(out, body, flagsmith_style);
    return out;
}

std::string change(Source& source, Json before, Json after, std::string_view event_type = "FLAG_UPDATED") {
    Json data{{"changed_by", any_of(people, source)}, {"new_state", std::move(after)}, {"timestamp", source.time}};
    if (!before.is_null()) data["previous_state"] = std::move(before);
    return text({{"data", std::move(data)}, {"event_type", event_type}});
}

std::string flag_updated(Source& source) {
    const auto& flag = any_of(features, source);
    const auto& environment = any_of(environments, source);
    const bool on = coin(source);
    return change(source, state(flag, environment, !on, nullptr), state(flag, environment, on, nullptr));
}

std::string value_changed(Source& source) {
    const auto& flag = any_of(features, source);
    const auto& environment = any_of(environments, source);
    return change(source, state(flag, environment, true, source.number),
                  state(flag, environment, true, source.number + 1));
}

std::string flag_created(Source& source) {
    const auto name = fmt::format("feature_{}", source.number);
    const Named flag{6000 + static_cast<int>(source.number % 1'000'000), name};
    return change(source, nullptr, state(flag, any_of(environments, source), false, nullptr));
}

std::string flag_deleted(Source& source) {
    const auto name = fmt::format("feature_{}", source.number);
    const Named flag{6000 + static_cast<int>(source.number % 1'000'000), name};
    return change(source, state(flag, any_of(environments, source), true, "blue"), nullptr, "FLAG_DELETED");
}

std::string segment_override(Source& source) {
    const auto& flag = any_of(features, source);
    const auto& environment = any_of(environments, source);
    auto segment = by_id(any_of(segments, source));
    segment["description"] = nullptr;
    const Json place{{"priority", 0}, {"segment", segment}};
    auto before = state(flag, environment, false, source.number),
         after = state(flag, environment, true, source.number + 1);
    before["feature_segment"] = after["feature_segment"] = place;
    return change(source, std::move(before), std::move(after));
}

std::string identity_override(Source& source) {
    const auto& flag = any_of(features, source);
    const auto& environment = any_of(environments, source);
    auto after = state(flag, environment, coin(source), "dark");
    after["identity"] = 90'000 + source.number % 10'000;
    after["identity_identifier"] = fmt::format("user-{}", source.number % 10'000);
    return change(source, nullptr, std::move(after));
}

Json variant(int id, Json value, double share) {
    return {{"id", 740 + id},
            {"multivariate_feature_option", {{"id", id}, {"value", std::move(value)}}},
            {"percentage_allocation", share}};
}

std::string variants_changed(Source& source) {
    const Named flag{5300, "price_test"};
    const auto& environment = any_of(environments, source);
    auto before = state(flag, environment, true, "control");
    before["feature"]["type"] = "MULTIVARIATE";
    auto after = before;
    const auto share = static_cast<double>(source.random() % 81);
    before["multivariate_feature_state_values"] = {variant(61, "variant_a", 50.0), variant(62, 12, 20.0)};
    after["multivariate_feature_state_values"] = {variant(61, "variant_a", share), variant(62, 12, 20.0)};
    return change(source, std::move(before), std::move(after));
}

// --- the other real messages
// ------------------------------------------------------------------------------------------

std::string version_published(Source& source) {
    const Json state{{"enabled", true}, {"multivariate_feature_state_values", Json::array()}, {"value", source.number}};
    const Json by = coin(source) ? Json{{"email", "robin@example.com"}, {"id", 17}} : Json(nullptr);
    return text({{"data",
                  {{"feature", by_id(any_of(features, source))},
                   {"feature_states", Json::array({state})},
                   {"published_by", by},
                   {"uuid", uuid(source)}}},
                 {"event_type", "NEW_VERSION_PUBLISHED"}});
}

std::string audit_log(Source& source) {
    const auto& flag = any_of(features, source);
    const auto& environment = any_of(environments, source);
    return text({{"data",
                  {{"author",
                    {{"email", "robin@example.com"},
                     {"first_name", "Robin"},
                     {"id", 17},
                     {"last_login", long_ago},
                     {"last_name", "Okafor"},
                     {"uuid", "f2a1c9b0-6f1e-47a5-9d39-1a2b3c4d5e6f"}}},
                   {"created_date", source.time},
                   {"environment",
                    {{"allow_client_traits", true},
                     {"api_key", "EXAMPLEclientkey000001"},
                     {"banner_colour", nullptr},
                     {"banner_text", nullptr},
                     {"description", nullptr},
                     {"hide_disabled_flags", nullptr},
                     {"hide_sensitive_data", false},
                     {"id", environment.id},
                     {"is_creating", false},
                     {"minimum_change_request_approvals", nullptr},
                     {"name", environment.name},
                     {"project", project.id},
                     {"use_identity_composite_key_for_hashing", true},
                     {"use_identity_overrides_in_local_eval", true},
                     {"use_mv_v2_evaluation", true},
                     {"use_v2_feature_versioning", false},
                     {"uuid", "6b0f9d0e-2a55-4cf5-9a1f-8b7b86e1f3b9"}}},
                   {"id", 1'000'000 + source.random() % 1'000'000'000},
                   {"is_system_event", false},
                   {"log", fmt::format("Flag state updated for feature: {}", flag.name)},
                   {"project",
                    {{"edge_v2_migration_status", "NOT_STARTED"},
                     {"enable_dynamo_db", false},
                     {"enable_realtime_updates", false},
                     {"enforce_feature_owners", false},
                     {"feature_name_regex", nullptr},
                     {"hide_disabled_flags", false},
                     {"id", project.id},
                     {"migration_status", "NOT_APPLICABLE"},
                     {"minimum_change_request_approvals", nullptr},
                     {"name", project.name},
                     {"only_allow_lower_case_feature_names", true},
                     {"organisation", 9},
                     {"prevent_flag_defaults", false},
                     {"show_edge_identity_overrides_for_feature", false},
                     {"stale_flags_limit_days", 30},
                     {"use_edge_identities", false},
                     {"uuid", "d7a6f2f1-46a4-45a4-b36e-6a4b6a5a0c55"}}},
                   {"related_object_id", 33'120 + source.number},
                   {"related_object_type", "FEATURE_STATE"},
                   {"related_object_uuid", nullptr}}},
                 {"event_type", "AUDIT_LOG_CREATED"}});
}

Json evaluated(const Named& flag, Source& source, Json identity) {
    auto of = feature(flag);
    of.erase("project");
    return {{"enabled", coin(source)},        {"environment", environments[0].id},    {"feature", std::move(of)},
            {"feature_segment", nullptr},     {"feature_state_value", source.number}, {"id", 33'000 + flag.id},
            {"identity", std::move(identity)}};
}

std::string identity(Source& source) {
    auto flags = Json::array();
    for (const auto& flag : features) flags.push_back(evaluated(flag, source, nullptr));
    auto memberships = Json::array();
    for (const auto& segment : segments) {
        memberships.push_back(by_id(segment));
        memberships.back()["member"] = coin(source);
    }
    const auto trait = [](int id, std::string_view key, Json value) {
        return Json{{"id", id}, {"trait_key", key}, {"trait_value", std::move(value)}, {"transient", false}};
    };
    return text({{"flags", std::move(flags)},
                 {"identity", fmt::format("user-{}", source.random() % 100'000)},
                 {"segments", std::move(memberships)},
                 {"traits",
                  {trait(501, "plan", "gold"), trait(502, "logins", source.number), trait(503, "score", 0.25),
                   trait(504, "opted_in", coin(source))}}});
}

// --- what only the published document describes
// -----------------------------------------------------------------------

std::string flags_evaluated(Source& source) {
    auto flags = Json::array();
    const auto first = source.random();
    for (std::size_t i = 0; i < 3; ++i)
        flags.push_back(evaluated(features[(first + i) % features.size()], source, 90'000 + source.number % 10'000));
    return text({{"data", std::move(flags)}, {"event_type", "FLAG_UPDATED"}, {"timestamp", source.time}});
}

std::string audit_entry(Source& source) {
    return text(
        {{"data",
          {{"author", {{"email", "robin@example.com"}, {"first_name", "Robin"}, {"id", 17}, {"last_name", "Okafor"}}},
           {"created_date", source.time},
           {"environment", any_of(environments, source).name},
           {"id", 1'000'000 + source.random() % 1'000'000'000},
           {"log", fmt::format("Flag state updated for feature: {}", any_of(features, source).name)},
           {"project", project.name},
           {"related_object_id", 33'120 + source.number},
           {"related_object_type", "FEATURE_STATE"}}},
         {"event_type", "AUDIT_LOG_CREATED"},
         {"timestamp", source.time}});
}

// --- the dashboard's test button: the same bytes each time
// -------------------------------------------------------------

std::string test_environment(Source&) {
    const auto test_state = [](bool enabled, std::string_view value) {
        return Json{{"enabled", enabled},
                    {"environment", {{"id", 1}, {"name", "Development"}}},
                    {"feature",
                     {{"created_date", "2021-02-10T20:03:43.348556Z"},
                      {"default_enabled", false},
                      {"description", "This is a description"},
                      {"id", 1},
                      {"initial_value", nullptr},
                      {"name", "test_feature"},
                      {"project", {{"id", 1}, {"name", "Test Project"}}},
                      {"type", "CONFIG"}}},
                    {"feature_segment", nullptr},
                    {"feature_state_value", value},
                    {"identity", 1},
                    {"identity_identifier", "test_identity"},
                    {"multivariate_feature_state_values",
                     Json::array({Json{{"id", 1},
                                       {"multivariate_feature_option", {{"id", 1}, {"value", "variant_a"}}},
                                       {"percentage_allocation", 50}}})}};
    };
    return text({{"data",
                  {{"changed_by", "user@domain.com"},
                   {"new_state", test_state(true, "feature_state_value")},
                   {"previous_state", test_state(false, "old_feature_state_value")},
                   {"timestamp", "2021-06-18T07:50:26.595298Z"}}},
                 {"event_type", "FLAG_UPDATED"}});
}

std::string test_organisation(Source&) {
    return text({{"data",
                  {{"author", {{"email", "user@domain.com"}, {"first_name", "Jane"}, {"id", 1}, {"last_name", "Doe"}}},
                   {"created_date", "2020-02-23T17:30:57.006318Z"},
                   {"environment", nullptr},
                   {"log", "New Flag / Remote Config created: my_feature"},
                   {"project", {{"id", 1}, {"name", "Test Project"}, {"organisation", 1}}},
                   {"related_object_id", 1},
                   {"related_object_type", "FEATURE"}}},
                 {"event_type", "AUDIT_LOG_CREATED"}});
}

// --- what is to come, and mixtures
// ------------------------------------------------------------------------------------

std::string unknown(Source& source) {
    return text({{"data", {{"feature", by_id(any_of(features, source))}, {"since", source.time}}},
                 {"event_type", "FLAG_STALE"}});
}

std::string mixed_changes(Source& source) {
    constexpr std::array all{flag_updated, flag_updated,     flag_updated,      value_changed,    flag_created,
                             flag_deleted, segment_override, identity_override, variants_changed, version_published};
    return any_of(all, source)(source);
}

constexpr std::array all{
    Kind{"flag-updated", "environment", "a flag is switched on or off", flag_updated},
    Kind{"value-changed", "environment", "the value of a flag changes", value_changed},
    Kind{"variants-changed", "environment", "the weights of a multivariate flag change", variants_changed},
    Kind{"segment-override", "environment", "the state of a flag for a segment changes", segment_override},
    Kind{"identity-override", "environment", "a flag is overridden for an identity", identity_override},
    Kind{"flag-created", "environment", "a flag is made", flag_created},
    Kind{"flag-deleted", "environment", "a flag is deleted", flag_deleted},
    Kind{"version-published", "environment", "a version is published (feature versioning v2)", version_published},
    Kind{"mixed", "environment", "any of those above, as they come", mixed_changes},
    Kind{"test-environment", "environment", "the test button of the environment's webhook; always the same bytes",
         test_environment},
    Kind{"flags-evaluated", "environment", "the environment payload of the published document, with three flags",
         flags_evaluated},
    Kind{"unknown", "environment", "an event type that is not known yet", unknown},
    Kind{"audit-log", "organisation", "an entry of the audit log", audit_log},
    Kind{"audit-entry", "organisation", "the organisation payload of the published document", audit_entry},
    Kind{"test-organisation", "organisation", "the test button of the organisation's webhook; always the same bytes",
         test_organisation},
    Kind{"identity", "identity", "an identity's flags are evaluated (integration webhook)", identity},
};

} // namespace

std::span<const Kind> kinds() {
    return all;
}

const Kind* find_kind(std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& kind) { return kind.name == name; });
    return found == all.end() ? nullptr : &*found;
}

} // namespace webhookd::cli::send
