#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace webhookd {

/// What a fuzzer hands over, read as numbers and texts: a harness asks it for its decisions. When it is used up, every
/// further decision is zero.
class Bytes {
public:
    explicit Bytes(std::string_view bytes) : left_(bytes) {}

    bool empty() const noexcept { return left_.empty(); }
    unsigned byte() noexcept { return take(1).empty() ? 0 : static_cast<unsigned char>(last_[0]); }
    std::uint64_t number(std::size_t bytes) noexcept {
        std::uint64_t number = 0;
        for (std::size_t i = 0; i < bytes; ++i) number = number << 8 | byte();
        return number;
    }
    /// Below `n`, which is not zero.
    std::size_t below(std::size_t n) noexcept { return static_cast<std::size_t>(n <= 256 ? byte() : number(3)) % n; }
    /// Up to so many bytes; fewer at the end.
    std::string_view take(std::size_t most) noexcept {
        last_ = left_.substr(0, most);
        left_.remove_prefix(last_.size());
        return last_;
    }
    std::string_view rest() noexcept { return take(left_.size()); }

private:
    std::string_view left_, last_;
};

} // namespace webhookd
