#pragma once

#include <chrono>
#include <optional>
#include <string_view>

/// What systemd wants to hear (sd_notify(3)); without systemd every call does nothing.
namespace webhookd::app::service_manager {

void ready(std::string_view status);
void reloading();
void stopping();
void status(std::string_view text);
void alive();

/// How often `alive` must be called: half of WatchdogSec, if the unit asks for a watchdog.
std::optional<std::chrono::microseconds> watchdog_interval();

} // namespace webhookd::app::service_manager
