#include "webhookd/base/json_text.hpp"

#include "webhookd/base/text.hpp"

#include <algorithm>

namespace webhookd {
namespace {

constexpr bool is_plain(char c) noexcept {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

void append_plain(std::string& out, std::string_view text) {
    if (is_utf8(text)) {
        out.append(text);
        return;
    }
    while (!text.empty()) { // one character after the other, the ones that are none replaced
        std::size_t length = 1;
        while (length <= 4 && length <= text.size() && !is_utf8(text.substr(0, length))) ++length;
        const bool is_character = length <= 4 && length <= text.size();
        out.append(is_character ? text.substr(0, length) : "\xef\xbf\xbd");
        text.remove_prefix(is_character ? length : 1);
    }
}

} // namespace

void append_json_text(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const auto plain = std::find_if_not(text.begin(), text.end(), is_plain);
        append_plain(out, text.substr(0, static_cast<std::size_t>(plain - text.begin())));
        text.remove_prefix(static_cast<std::size_t>(plain - text.begin()));
        if (text.empty()) return;
        const char c = text.front();
        text.remove_prefix(1);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else
            (out.append("\\u00") += "0123456789abcdef"[c >> 4 & 15]) += "0123456789abcdef"[c & 15];
    }
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    append_json_text(out, text);
    out += '"';
}

void append_json_line(std::string& out, std::string_view json) {
    const auto begin = out.size();
    out.append(json);
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), [](char c) { return c == '\n' || c == '\r'; },
        ' ');
}

} // namespace webhookd
