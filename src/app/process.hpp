#pragma once

namespace webhookd::app {

/// Before anything secret is read: no core dumps, no debugger of another process, no SIGPIPE, private files.
void protect_process();

/// As many file descriptors as the system allows: a connection each.
void raise_descriptor_limit();

} // namespace webhookd::app
