#pragma once

#include "webhookd/base/attributes.hpp"
#include "webhookd/config/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace webhookd::delivery {

/// Whether a sink takes an event: `match` and `exclude` of its configuration, compiled once. Immutable, safe from any
/// thread.
class Matcher {
public:
    Matcher(const config::Filter& match, const config::Filter& exclude);

    bool takes(AttributeView attributes) const noexcept {
        return fits(match_, attributes) && (exclude_.empty() || !fits(exclude_, attributes));
    }

private:
    /// One key of a filter: any of the patterns must fit the attribute.
    struct Key {
        Attribute attribute;
        std::vector<std::string> patterns;
    };
    using Keys = std::vector<Key>; // all must fit

    static Keys compile(const config::Filter& filter);
    static bool fits(const Keys& keys, AttributeView attributes) noexcept;
    static bool fits(const Key& key, std::string_view value) noexcept;

    Keys match_;
    Keys exclude_;
};

} // namespace webhookd::delivery
