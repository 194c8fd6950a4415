#include "webhookd/base/text.hpp"

#include <algorithm>
#include <vector>

namespace webhookd {
namespace {

/// The character at the front of a text; length 0 for anything that is not well-formed UTF-8.
struct Character {
    char32_t code = 0;
    std::size_t length = 0;
};

Character decode_utf8(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto tail = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
    const auto bits = [&](std::size_t i, int shift) { return static_cast<char32_t>(byte(i) & 0x3f) << shift; };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    if (lead >= 0xc2 && lead <= 0xdf && tail(1)) return {static_cast<char32_t>(lead & 0x1f) << 6 | bits(1, 0), 2};
    if ((lead & 0xf0) == 0xe0 && tail(1) && tail(2)) {
        const auto code = static_cast<char32_t>(lead & 0x0f) << 12 | bits(1, 6) | bits(2, 0);
        if (code >= 0x800 && (code < 0xd800 || code > 0xdfff)) return {code, 3};
    }
    if (lead >= 0xf0 && lead <= 0xf4 && tail(1) && tail(2) && tail(3)) {
        const auto code = static_cast<char32_t>(lead & 0x07) << 18 | bits(1, 12) | bits(2, 6) | bits(3, 0);
        if (code >= 0x10000 && code <= 0x10ffff) return {code, 4};
    }
    return {};
}

/// Characters that end a line, hide, reorder or command: never shown as they are.
bool is_unsafe(char32_t code) noexcept {
    return code < 0x20 || (code >= 0x7f && code <= 0x9f)                               // C0, DEL, C1
           || code == 0x2028 || code == 0x2029                                         // line and paragraph separator
           || code == 0x061c || code == 0x200e || code == 0x200f                       // bidirectional marks
           || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) // … and controls
           || code == 0xfeff;                                                          // invisible
}

void append_code(std::string& out, char prefix, char32_t code, int digits) {
    out += '\\';
    out += prefix;
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += "0123456789abcdef"[(code >> shift) & 15];
}

bool is_plain(char c) noexcept {
    return c >= 0x20 && c < 0x7f;
}

} // namespace

void append_escaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const auto plain =
            static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) return;
        const auto [code, length] = decode_utf8(text);
        if (length == 0)
            append_code(out, 'x', static_cast<unsigned char>(text[0]), 2);
        else if (!is_unsafe(code))
            out.append(text.substr(0, length));
        else if (code == '\n')
            out += "\\n";
        else if (code == '\r')
            out += "\\r";
        else if (code == '\t')
            out += "\\t";
        else if (code < 0x80)
            append_code(out, 'x', code, 2);
        else
            append_code(out, 'u', code, 4);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
}

std::string escape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    append_escaped(out, text);
    return out;
}

bool is_utf8(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const auto length = decode_utf8(bytes).length;
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

namespace {

/// Matches the pattern element at `at` (a character, an escape or a set) against one byte; moves `at` behind it.
bool match_byte(std::string_view pattern, std::size_t& at, char c) noexcept {
    if (pattern[at] == '[') {
        const auto close = pattern.find(']', at + 2);
        if (close != std::string_view::npos) {
            auto set = pattern.substr(at + 1, close - at - 1);
            const bool inverted = set.front() == '!' || set.front() == '^';
            if (inverted) set.remove_prefix(1);
            bool found = false;
            for (std::size_t i = 0; i < set.size(); ++i) {
                if (i + 2 < set.size() && set[i + 1] == '-') {
                    found = found || (c >= set[i] && c <= set[i + 2]);
                    i += 2;
                } else
                    found = found || c == set[i];
            }
            at = close + 1;
            return found != inverted;
        }
    }
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    return pattern[at++] == c;
}

/// Damerau-Levenshtein distance: an exchange of neighbours counts as one.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

} // namespace

bool glob_match(std::string_view pattern, std::string_view text) noexcept {
    std::size_t p = 0, t = 0;
    std::size_t star = std::string_view::npos,
                star_text = 0; // where to go on when what follows the last star does not fit
    while (t < text.size()) {
        if (p < pattern.size()) {
            if (pattern[p] == '*') {
                star = ++p;
                star_text = t;
                continue;
            }
            if (pattern[p] == '?') { // one character, however many bytes
                ++p;
                t += std::max<std::size_t>(decode_utf8(text.substr(t)).length, 1);
                continue;
            }
            auto next = p;
            if (match_byte(pattern, next, text[t])) {
                p = next;
                ++t;
                continue;
            }
        }
        if (star == std::string_view::npos) return false;
        p = star;
        t = ++star_text;
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

std::optional<std::string_view> did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
    if (word.size() > 64) return {};
    std::optional<std::string_view> best;
    std::size_t nearest = std::max<std::size_t>(word.size() / 3, 1) + 1;
    for (const auto candidate : candidates) {
        const auto distance = edit_distance(word, candidate);
        if (distance >= nearest) continue;
        nearest = distance;
        best = candidate;
    }
    return best;
}

std::string_view trim(std::string_view text) noexcept {
    constexpr std::string_view white = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(white);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white) - first + 1);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string to_hex(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

} // namespace webhookd
