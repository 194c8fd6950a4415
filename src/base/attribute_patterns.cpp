#include "webhookd/base/attribute_patterns.hpp"

#include "webhookd/base/text.hpp"

#include <algorithm>

namespace webhookd {

bool fits(Attribute attribute, std::span<const std::string> patterns, std::string_view value) noexcept {
    const auto any = [&](std::string_view text) {
        return std::any_of(patterns.begin(), patterns.end(),
                           [&](const std::string& pattern) { return glob_match(pattern, text); });
    };
    if (attribute == Attribute::type)
        return any(value) || (value.starts_with(type_prefix) && any(value.substr(type_prefix.size())));
    if (attribute != Attribute::changed) return any(value);
    for (;;) {
        const auto comma = value.find(',');
        if (any(value.substr(0, comma))) return true;
        if (comma == std::string_view::npos) return false;
        value.remove_prefix(comma + 1);
    }
}

bool fits(std::span<const AttributePatterns> all, AttributeView attributes) noexcept {
    return std::all_of(all.begin(), all.end(), [&](const AttributePatterns& one) {
        const auto value = attributes.get(one.attribute);
        return value && fits(one.attribute, one.patterns, *value);
    });
}

} // namespace webhookd
