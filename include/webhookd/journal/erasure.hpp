#pragma once

#include "webhookd/base/attributes.hpp"
#include "webhookd/base/id.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace webhookd::journal {

/// Which events are to lose their body and attributes for good: those with one of these ids, actors or identities.
/// Compared exactly, never as patterns: what is erased cannot be brought back.
struct Erasure {
    std::vector<EventId> ids;
    std::vector<std::string> actors;
    std::vector<std::string> identities;

    bool concerns(const EventId& id, AttributeView attributes) const noexcept {
        const auto among = [&](const std::vector<std::string>& values, Attribute attribute) {
            if (values.empty()) return false;
            const auto value = attributes.get(attribute);
            return value && std::find(values.begin(), values.end(), *value) != values.end();
        };
        return std::find(ids.begin(), ids.end(), id) != ids.end() || among(actors, Attribute::actor) ||
               among(identities, Attribute::identity);
    }
};

} // namespace webhookd::journal
