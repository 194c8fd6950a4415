#include "webhookd/delivery/matcher.hpp"

namespace webhookd::delivery {
namespace {

/// A flag update as the decoder would describe it.
AttributeWriter flag_updated(std::string_view flag, std::string_view environment, std::string_view changed) {
    AttributeWriter attributes;
    attributes.add(Attribute::type, "com.flagsmith.flag.updated");
    attributes.add(Attribute::endpoint, "environment");
    attributes.add(Attribute::flag, flag);
    attributes.add(Attribute::environment, environment);
    attributes.add(Attribute::project, "Shop");
    attributes.add(Attribute::actor, "jane@example.com");
    attributes.add(Attribute::scope, "environment");
    if (!changed.empty()) attributes.add(Attribute::changed, changed);
    return attributes;
}

bool matches(const config::Filter& match, const AttributeWriter& attributes) {
    return Matcher(match, {}).takes(attributes.view());
}

TEST(Matcher, TakesEverythingWithoutAFilter) {
    EXPECT_TRUE(matches({}, flag_updated("a", "b", "")));
    EXPECT_TRUE(matches({}, AttributeWriter()));
}

TEST(Matcher, KnowsTypesWithAndWithoutThePrefix) {
    const auto event = flag_updated("a", "b", "");
    EXPECT_TRUE(matches({.type = {"flag.*"}}, event));
    EXPECT_TRUE(matches({.type = {"flag.updated"}}, event));
    EXPECT_TRUE(matches({.type = {"com.flagsmith.flag.*"}}, event));
    EXPECT_FALSE(matches({.type = {"version.*"}}, event));
    EXPECT_FALSE(matches({.type = {"flag"}}, event));
}

TEST(Matcher, ListsAreOrAndKeysAreAnd) {
    const auto event = flag_updated("checkout_v2", "Production", "");
    EXPECT_TRUE(matches({.environment = {"Staging", "Production"}}, event));
    EXPECT_TRUE(matches({.environment = {"Production"}, .flag = {"checkout_*"}}, event));
    EXPECT_FALSE(matches({.environment = {"Staging"}, .flag = {"checkout_*"}}, event));
    EXPECT_FALSE(matches({.environment = {"Production"}, .flag = {"search_*"}}, event));
}

TEST(Matcher, LooksAtEveryElementOfWhatChanged) {
    const auto event = flag_updated("a", "b", "enabled,value");
    EXPECT_TRUE(matches({.changed = {"enabled"}}, event));
    EXPECT_TRUE(matches({.changed = {"value"}}, event));
    EXPECT_FALSE(matches({.changed = {"variants"}}, event));
    EXPECT_FALSE(matches({.changed = {"enabled,value"}}, event));
}

TEST(Matcher, AKeyTheEventDoesNotHaveDoesNotMatch) {
    const auto event = flag_updated("a", "b", "");
    EXPECT_FALSE(matches({.changed = {"*"}}, event));
    EXPECT_TRUE(Matcher({}, {.changed = {"*"}}).takes(event.view()));
}

TEST(Matcher, LooksAtEveryKey) {
    const auto event = flag_updated("a", "b", "enabled");
    EXPECT_TRUE(matches(
        {.project = {"Shop"}, .endpoint = {"environment"}, .scope = {"env*"}, .actor = {"*@example.com"}}, event));
    EXPECT_FALSE(matches({.project = {"Other"}}, event));
    EXPECT_FALSE(matches({.endpoint = {"organisation"}}, event));
    EXPECT_FALSE(matches({.scope = {"segment"}}, event));
    EXPECT_FALSE(matches({.actor = {"*@example.org"}}, event));
}

TEST(Matcher, ExcludesWhatFitsEveryKeyOfTheExclusion) {
    const auto event = flag_updated("a", "Production", "enabled");
    EXPECT_FALSE(Matcher({}, {.actor = {"jane@*"}}).takes(event.view()));
    EXPECT_FALSE(Matcher({.flag = {"a"}}, {.environment = {"Production"}, .actor = {"jane@*"}}).takes(event.view()));
    EXPECT_TRUE(Matcher({.flag = {"a"}}, {.environment = {"Staging"}, .actor = {"jane@*"}}).takes(event.view()));
    EXPECT_FALSE(Matcher({.flag = {"b"}}, {.environment = {"Staging"}}).takes(event.view()));
}

} // namespace
} // namespace webhookd::delivery
