#include "webhookd/delivery/matcher.hpp"

#include "webhookd/base/text.hpp"

#include <algorithm>

namespace webhookd::delivery {
namespace {

constexpr std::string_view type_prefix = "com.flagsmith.";

} // namespace

Matcher::Matcher(const config::Filter& match, const config::Filter& exclude)
    : match_(compile(match)), exclude_(compile(exclude)) {}

Matcher::Keys Matcher::compile(const config::Filter& filter) {
    Keys keys;
    const auto add = [&](Attribute attribute, const std::vector<std::string>& patterns) {
        if (!patterns.empty()) keys.push_back({attribute, patterns});
    };
    add(Attribute::type, filter.type); // first: it tells most events apart and stands first among the attributes
    add(Attribute::endpoint, filter.endpoint);
    add(Attribute::flag, filter.flag);
    add(Attribute::environment, filter.environment);
    add(Attribute::project, filter.project);
    add(Attribute::actor, filter.actor);
    add(Attribute::scope, filter.scope);
    add(Attribute::changed, filter.changed);
    return keys;
}

bool Matcher::fits(const Keys& keys, AttributeView attributes) noexcept {
    return std::all_of(keys.begin(), keys.end(), [&](const Key& key) {
        const auto value = attributes.get(key.attribute);
        return value && fits(key, *value);
    });
}

bool Matcher::fits(const Key& key, std::string_view value) noexcept {
    const auto any = [&](std::string_view text) {
        return std::any_of(key.patterns.begin(), key.patterns.end(),
                           [&](const std::string& pattern) { return glob_match(pattern, text); });
    };
    if (key.attribute == Attribute::type)
        return any(value) || (value.starts_with(type_prefix) && any(value.substr(type_prefix.size())));
    if (key.attribute != Attribute::changed) return any(value);
    for (;;) { // a comma list, of which any element may fit
        const auto comma = value.find(',');
        if (any(value.substr(0, comma))) return true;
        if (comma == std::string_view::npos) return false;
        value.remove_prefix(comma + 1);
    }
}

} // namespace webhookd::delivery
