#include "webhookd/telemetry/log.hpp"

#include "webhookd/base/text.hpp"
#include "webhookd/base/time.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace webhookd::telemetry {
namespace {

std::string_view level_name(spdlog::level::level_enum level) {
    const auto name = spdlog::level::to_string_view(level);
    return {name.data(), name.size()};
}

std::string time_of(const spdlog::details::log_msg& message) {
    return format_time(std::chrono::time_point_cast<std::chrono::microseconds>(message.time));
}

void append(spdlog::memory_buf_t& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
}

class TextFormatter final : public spdlog::formatter {
public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        std::string line = time_of(message);
        line.append(" ").append(level_name(message.level));
        line.append(line.size() < 35 ? 36 - line.size() : 1, ' '); // messages line up behind "warning"
        append_escaped(line, {message.payload.data(), message.payload.size()});
        line += '\n';
        append(out, line);
    }
    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<TextFormatter>(); }
};

class JsonFormatter final : public spdlog::formatter {
public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const nlohmann::ordered_json line{{"time", time_of(message)},
                                          {"level", level_name(message.level)},
                                          {"message", escape({message.payload.data(), message.payload.size()})}};
        append(out, line.dump() + "\n");
    }
    std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

} // namespace

void set_up_log(spdlog::level::level_enum level, LogFormat format) {
    auto logger = std::make_shared<spdlog::logger>("webhookd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    if (format == LogFormat::json)
        logger->set_formatter(std::make_unique<JsonFormatter>());
    else
        logger->set_formatter(std::make_unique<TextFormatter>());
    logger->set_level(level);
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
}

std::optional<std::uint64_t> RateLimit::pass(std::chrono::steady_clock::time_point now) noexcept {
    const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    auto next = next_.load(std::memory_order_relaxed);
    if (at >= next && next_.compare_exchange_strong(next, at + interval_.count(), std::memory_order_relaxed))
        return held_back_.exchange(0, std::memory_order_relaxed);
    held_back_.fetch_add(1, std::memory_order_relaxed);
    return {};
}

} // namespace webhookd::telemetry
