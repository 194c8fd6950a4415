#include "app/service_manager.hpp"

#include <systemd/sd-daemon.h>

#include <cstdint>
#include <ctime>
#include <string>

namespace webhookd::app::service_manager {
namespace {

void notify(const std::string& message) {
    sd_notify(0, message.c_str());
}

} // namespace

void ready(std::string_view text) {
    notify("READY=1\nSTATUS=" + std::string(text));
}

void reloading() {
    timespec at{};
    clock_gettime(CLOCK_MONOTONIC, &at);
    notify("RELOADING=1\nMONOTONIC_USEC=" +
           std::to_string(static_cast<long long>(at.tv_sec) * 1'000'000 + at.tv_nsec / 1'000));
}

void stopping() {
    notify("STOPPING=1\nSTATUS=draining");
}

void status(std::string_view text) {
    notify("STATUS=" + std::string(text));
}

void alive() {
    notify("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog_interval() {
    std::uint64_t microseconds = 0;
    if (sd_watchdog_enabled(0, &microseconds) <= 0) return {};
    return std::chrono::microseconds(microseconds / 2);
}

} // namespace webhookd::app::service_manager
