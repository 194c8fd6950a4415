#include "event/hidden_words.hpp"

#include "webhookd/event/redact.hpp"

#include <algorithm>

namespace webhookd::event {
namespace {

bool is_word_byte(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool stands_alone(std::string_view text, Span span) noexcept {
    return (span.begin == 0 || !is_word_byte(text[span.begin - 1]) || !is_word_byte(text[span.begin])) &&
           (span.end == text.size() || !is_word_byte(text[span.end]) || !is_word_byte(text[span.end - 1]));
}

/// The bytes that the escape or character at the front of `raw` takes: in it, and unescaped.
struct Step {
    std::size_t raw;
    std::size_t text;
};

Step step(std::string_view raw) noexcept {
    if (raw[0] != '\\') return {1, 1};
    if (raw[1] != 'u') return {2, 1};
    const auto is = [&](std::size_t i, std::string_view digits) {
        return digits.find(raw[i]) != std::string_view::npos;
    };
    if (is(2, "dD") && is(3, "89abAB")) return {12, 4}; // half of a pair; the other one follows
    if (is(2, "0") && is(3, "0") && is(4, "01234567")) return {6, 1};
    if (is(2, "0") && is(3, "01234567")) return {6, 2};
    return {6, 3};
}

} // namespace

void HiddenWords::add(std::string_view word) {
    if (word.size() < min_size || words_.size() == max_count) return;
    if (std::find(words_.begin(), words_.end(), word) == words_.end()) words_.push_back(word);
}

const std::vector<Span>& HiddenWords::find_in(std::string_view text) {
    found_.clear();
    for (const auto word : words_) {
        const bool address = word.find('@') != std::string_view::npos;
        for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + word.size()))
            if (const Span span{at, at + word.size()}; address || stands_alone(text, span)) found_.push_back(span);
    }
    std::sort(found_.begin(), found_.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
    std::size_t kept = 0;
    for (const auto& span : found_) {
        if (kept > 0 && span.begin < found_[kept - 1].end)
            found_[kept - 1].end = std::max(found_[kept - 1].end, span.end);
        else
            found_[kept++] = span;
    }
    found_.resize(kept);
    return found_;
}

std::string HiddenWords::replace_in(std::string_view text) {
    std::string out;
    std::size_t last = 0;
    for (const auto& [begin, end] : find_in(text)) {
        out.append(text.substr(last, begin - last)).append(redacted);
        last = end;
    }
    return out.append(text.substr(last));
}

void to_raw(std::vector<Span>& spans, std::string_view raw) noexcept {
    std::size_t at = 0, text = 0;
    const auto walk_to = [&](std::size_t target) {
        while (text < target) {
            const auto [in_raw, in_text] = step(raw.substr(at));
            at += in_raw;
            text += in_text;
        }
        return at;
    };
    for (auto& [begin, end] : spans) {
        begin = walk_to(begin);
        end = walk_to(end);
    }
}

} // namespace webhookd::event
