#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webhookd::http {

/// Finds where the head of a request ends while its bytes arrive, and refuses at sight what a lenient parser might read
/// differently than the next one: bare line feeds, folded lines, a first byte that begins no method.
class HeadEnd {
public:
    enum class Found : std::uint8_t { not_yet, here, malformed, too_many_lines };

    static constexpr unsigned max_lines = 101; // the request line and 100 fields

    /// `bytes` is everything received of the request so far, from its first byte; goes on where it stopped.
    Found look(std::string_view bytes) noexcept;

    /// Whether the first line is all there.
    bool has_request_line() const noexcept { return lines_ > 0; }
    /// Once found: the head without the empty line that may precede it, with the empty line that ends it.
    std::string_view head(std::string_view bytes) const noexcept { return bytes.substr(begin_, line_ - begin_); }
    /// Once found: how many bytes the head took.
    std::size_t size() const noexcept { return line_; }

private:
    std::size_t begin_ = 0; // of the request line
    std::size_t line_ = 0;  // of the line under way
    std::size_t seen_ = 0;  // no line feed in [line_, seen_)
    unsigned lines_ = 0;
};

} // namespace webhookd::http
