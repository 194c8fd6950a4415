#pragma once

#include "webhookd/base/attribute_patterns.hpp"
#include "webhookd/config/settings.hpp"

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
    static std::vector<AttributePatterns> compile(const config::Filter& filter);

    std::vector<AttributePatterns> match_;
    std::vector<AttributePatterns> exclude_;
};

} // namespace webhookd::delivery
