#include "cli/send/report.hpp"

#include "webhookd/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace webhookd::cli::send {
namespace {

/// Three digits that matter: "0.85 ms", "12.3 ms", "1.50 s".
std::string format_latency(std::chrono::microseconds latency) {
    const double ms = static_cast<double>(latency.count()) / 1000;
    if (ms < 10) return fmt::format("{:.2f} ms", ms);
    if (ms < 1000) return fmt::format("{:.1f} ms", ms);
    return fmt::format("{:.2f} s", ms / 1000);
}

} // namespace

void Report::answered(unsigned status, std::chrono::microseconds latency) {
    ++count_;
    ++answers_[status];
    latencies_.push_back(latency);
}

void Report::failed(const std::string& why) {
    ++count_;
    ++failures_[why];
}

std::size_t Report::good() const noexcept {
    const auto found = answers_.find(200);
    return found == answers_.end() ? 0 : found->second;
}

std::string Report::outcomes() const {
    std::string out;
    for (const auto& [status, count] : answers_)
        out += fmt::format("{}{} × {}", out.empty() ? "" : ", ", count, status);
    for (const auto& [why, count] : failures_)
        out += fmt::format("{}{} × {}", out.empty() ? "" : ", ", count, escape(why));
    return out;
}

std::string Report::text(std::chrono::microseconds elapsed) {
    auto out = fmt::format("{} in {}", outcomes(), format_latency(elapsed));
    if (elapsed.count() > 0)
        out +=
            fmt::format(", {:.0f} a second", static_cast<double>(count_) * 1e6 / static_cast<double>(elapsed.count()));
    out += '\n';
    if (latencies_.empty()) return out;
    std::sort(latencies_.begin(), latencies_.end());
    const auto quantile = [&](double q) {
        return format_latency(latencies_[static_cast<std::size_t>(q * static_cast<double>(latencies_.size() - 1))]);
    };
    return out + fmt::format("latency: median {}, 90 % {}, 99 % {}, longest {}\n", quantile(0.5), quantile(0.9),
                             quantile(0.99), quantile(1));
}

} // namespace webhookd::cli::send
