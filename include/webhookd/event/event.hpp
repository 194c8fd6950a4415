#pragma once

#include "webhookd/base/attributes.hpp"
#include "webhookd/base/id.hpp"

#include <cstdint>
#include <string_view>

namespace webhookd::event {

/// An event as sinks and commands see it: a view into the store's memory, which its holder keeps alive.
struct Event {
    std::uint64_t sequence = 0; // position in the store, rising by one
    EventId id;
    Time received;
    AttributeView attributes;
    std::string_view body;   // exactly as received
    bool redelivery = false; // replayed on request
};

} // namespace webhookd::event
