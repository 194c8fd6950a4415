#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace webhookd::cli::send {

/// What came of the posts of one run.
class Report {
public:
    void answered(unsigned status, std::chrono::microseconds latency);
    void failed(const std::string& why);

    std::size_t count() const noexcept { return count_; }
    std::size_t good() const noexcept; ///< answered 200
    /// "3 × 200, 1 × 401, 2 × connecting: Connection refused"
    std::string outcomes() const;
    /// The answers and the quantiles of their latencies, a few lines.
    std::string text(std::chrono::microseconds elapsed);

private:
    std::size_t count_ = 0;
    std::map<unsigned, std::size_t> answers_;
    std::map<std::string, std::size_t> failures_;
    std::vector<std::chrono::microseconds> latencies_;
};

} // namespace webhookd::cli::send
