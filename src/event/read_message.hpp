#pragma once

#include "event/document.hpp"
#include "event/facts.hpp"
#include "event/recognise.hpp"

#include <vector>

namespace webhookd::event {

/// What a body says when it is read as this message; violations of the message's list are appended. Null: only read
/// what can be read.
Facts read_message(Message message, const Document& document, std::vector<Violation>* violations);

} // namespace webhookd::event
