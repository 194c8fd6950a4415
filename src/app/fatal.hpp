#pragma once

#include <string>

namespace webhookd::app {

/// Ends the process at once, without unwinding: after a failed commit nobody knows what is on the disk, so nothing more
/// may be acknowledged; the next start recovers.
[[noreturn]] void die(const std::string& why);

} // namespace webhookd::app
