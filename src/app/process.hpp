#pragma once

#include <cstdint>

namespace webhookd::app {

/// Before anything secret is read: no core dumps, no debugger of another process, no SIGPIPE, private files.
void protect_process();

/// As many file descriptors as the system allows: a connection each.
void raise_descriptor_limit();

/// How many of the connections that are `wanted` there may be, so that the store and the sinks always get descriptors
/// for their files: many idle connections must not keep events from being stored.
std::uint32_t affordable_connections(std::uint32_t wanted) noexcept;
std::uint32_t affordable_connections(std::uint32_t wanted, std::uint64_t descriptors) noexcept;

} // namespace webhookd::app
