#pragma once

#include "event/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace webhookd::event {

/// A run of bytes, [begin, end).
struct Span {
    std::size_t begin;
    std::size_t end;
};

/// Texts that were hidden in one place and must not be readable in another.
class HiddenWords {
public:
    /// Shorter ones are parts of too many other words, and more than this many are not looked for.
    static constexpr std::size_t min_size = 3, max_count = 64;

    void clear() noexcept { words_.clear(); }
    void add(std::string_view word);
    bool empty() const noexcept { return words_.empty(); }

    /// Where they stand in `text`: an address anywhere, other words between other characters than letters and digits.
    /// Sorted, not overlapping; valid until the next call.
    const std::vector<Span>& find_in(std::string_view text);
    /// `text` with each of them replaced; the same text if there is none.
    std::string replace_in(std::string_view text);

private:
    std::vector<std::string_view> words_;
    std::vector<Span> found_;
};

/// Spans of an unescaped string as spans of the raw text of that string; `raw` is where its first character stands.
void to_raw(std::vector<Span>& spans, std::string_view raw) noexcept;

} // namespace webhookd::event
