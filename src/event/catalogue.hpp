#pragma once

#include "event/rules.hpp"
#include "webhookd/event/schema.hpp"

#include <span>

namespace webhookd::event {

struct CatalogueEntry {
    SchemaInfo info;
    const Shape* shape;
};

/// Every message there is a list of, in the order of the contract's table of types; then those of the published
/// document.
std::span<const CatalogueEntry> catalogue() noexcept;

} // namespace webhookd::event
