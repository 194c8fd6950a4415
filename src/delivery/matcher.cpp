#include "webhookd/delivery/matcher.hpp"

namespace webhookd::delivery {

Matcher::Matcher(const config::Filter& match, const config::Filter& exclude)
    : match_(compile(match)), exclude_(compile(exclude)) {}

std::vector<AttributePatterns> Matcher::compile(const config::Filter& filter) {
    std::vector<AttributePatterns> keys;
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

} // namespace webhookd::delivery
