#include "event/line.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace webhookd::event {
namespace {

enum Class : unsigned char { plain, quoted /* not bare in logfmt */, special /* not as it is in JSON */, wide };

constexpr auto classes = [] {
    std::array<unsigned char, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c) table[c] = special;
    table[' '] = table['='] = quoted;
    table['"'] = table['\\'] = table[0x7f] = special;
    // Lead bytes of what is_unsafe looks for.
    for (const unsigned char lead : {0xc2, 0xd8, 0xe2, 0xef}) table[lead] = wide;
    return table;
}();

unsigned char class_of(char c) noexcept {
    return classes[static_cast<unsigned char>(c)];
}

/// The code of the control, bidirectional, line-separator or invisible character at the front of `text`, or 0.
unsigned unsafe_code(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0x9f) return byte(1);
    if (byte(0) == 0xd8 && byte(1) == 0x9c) return 0x061c;
    if (byte(0) == 0xe2 && byte(1) == 0x80) {
        const auto code = 0x2000 + (byte(2) & 0x3f);
        if (code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e)) return code;
    }
    if (byte(0) == 0xe2 && byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9) return 0x2040 + (byte(2) & 0x3f);
    if (byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf) return 0xfeff;
    return 0;
}

/// The letter of a short JSON escape, or 0.
constexpr char short_escape(char c) noexcept {
    switch (c) {
    case '"':
    case '\\':
        return c;
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

char* put_code(char* at, unsigned code) noexcept {
    *at++ = '\\';
    *at++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4) *at++ = "0123456789abcdef"[(code >> shift) & 15];
    return at;
}

} // namespace

Line::Line(std::string& out, std::size_t bound) : out_(out) {
    const auto before = out.size();
    out.resize(before + bound);
    at_ = out.data() + before;
}

void Line::finish() {
    out_.resize(static_cast<std::size_t>(at_ - out_.data()));
}

Line& Line::json(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto end = std::find_if(text.begin(), text.end(), [](char c) { return class_of(c) >= special; });
        const auto safe = static_cast<std::size_t>(end - text.begin());
        *this << text.substr(0, safe);
        text.remove_prefix(safe);
        if (text.empty()) break;

        const char c = text.front();
        std::size_t length = 1;
        if (class_of(c) == wide) {
            if (const auto code = unsafe_code(text)) {
                at_ = put_code(at_, code);
                length = code < 0x800 ? 2 : 3;
            } else
                *at_++ = c;
        } else if (const char letter = short_escape(c)) {
            *at_++ = '\\';
            *at_++ = letter;
        } else
            at_ = put_code(at_, static_cast<unsigned char>(c));
        text.remove_prefix(length);
    }
    return *this;
}

Line& Line::logfmt(std::string_view text) noexcept {
    const bool bare = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return class_of(c) == plain; // what might be unsafe is quoted to be on the safe side
    });
    if (bare) return *this << text;
    *this << '"';
    json(text);
    return *this << '"';
}

Line& Line::body(std::string_view text) noexcept {
    char* const first = at_;
    *this << text;
    for (const char line_break : {'\n', '\r'})
        if (std::memchr(first, line_break, text.size())) std::replace(first, at_, line_break, ' ');
    return *this;
}

} // namespace webhookd::event
