#pragma once

#include "webhookd/base/attributes.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace webhookd {

/// What is in front of every event type; patterns may leave it out ("flag.*").
inline constexpr std::string_view type_prefix = "com.flagsmith.";

/// Patterns for one attribute, of which any must fit: what filters of sinks and of commands are made of.
struct AttributePatterns {
    Attribute attribute;
    std::vector<std::string> patterns; // globs
};

/// Whether a value fits any of the glob patterns, in the attribute's own way: the prefix of a type may be missing, and
/// of `changed`, a comma list, any element may fit.
bool fits(Attribute attribute, std::span<const std::string> patterns, std::string_view value) noexcept;

/// Whether an event has all these attributes, and each fits.
bool fits(std::span<const AttributePatterns> all, AttributeView attributes) noexcept;

} // namespace webhookd
