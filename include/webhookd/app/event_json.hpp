#pragma once

#include "webhookd/base/attributes.hpp"
#include "webhookd/base/id.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string_view>

namespace webhookd::app {

/// An event as lists show it: id, time, sequence and every attribute it has, under the names of the attribute table.
nlohmann::ordered_json event_json(std::uint64_t sequence, const EventId& id, Time received, AttributeView attributes);

/// The body as JSON, or as text where it is none.
nlohmann::ordered_json body_json(std::string_view body);

} // namespace webhookd::app
