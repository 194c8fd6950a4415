#pragma once

#include "event/rules.hpp"

#include <string_view>
#include <vector>

namespace webhookd::event {

struct HiddenName {
    std::string_view name;
    Sensitive why;
};

/// The names of the members that the lists of messages call sensitive; `keys` and `personal` say in which way.
std::vector<HiddenName> hidden_names(bool keys, bool personal);

/// The names of members whose values are words of the protocol, sorted.
std::vector<std::string_view> protocol_names();

} // namespace webhookd::event
