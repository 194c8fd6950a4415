#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <spdlog/spdlog.h>

/// Diagnostics of the daemon itself, on standard error through spdlog's default logger: spdlog::info("…{}…", value).
/// Never holds secrets or request headers. Every line is escaped as a whole, so one message is one line whatever it
/// quotes.
namespace webhookd::telemetry {

enum class LogFormat : std::uint8_t {
    text, // 2026-11-23T14:02:11.004Z info  message
    json, // {"time":"…","level":"info","message":"…"}
};

/// Replaces the default logger. Called at start and on reload; safe while other threads log.
void set_up_log(spdlog::level::level_enum level, LogFormat format);

/// Lets through one call in each `interval`, for warnings that a sender could cause as often as it likes. Safe from any
/// thread.
class RateLimit {
public:
    explicit RateLimit(std::chrono::milliseconds interval) noexcept : interval_(interval) {}
    /// How many were held back since the last one that was let through, or nothing when this one is held back.
    std::optional<std::uint64_t> pass(std::chrono::steady_clock::time_point now) noexcept;

private:
    std::chrono::milliseconds interval_;
    std::atomic<std::int64_t> next_{0};
    std::atomic<std::uint64_t> held_back_{0};
};

} // namespace webhookd::telemetry
