#pragma once

#include "webhookd/config/sink_kind.hpp"

#include <span>
#include <string>

/// Texts made from the lists of fields.
namespace webhookd::config {

/// A complete commented configuration: every key with its meaning and default; loads as it is where its files exist.
std::string example(std::span<const SinkKind> kinds);

/// docs/configuration.md without the sinks' own keys; the table of one type's own keys.
std::string reference();
std::string reference(const SinkKind& kind);

} // namespace webhookd::config
