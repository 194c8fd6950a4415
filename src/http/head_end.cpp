#include "http/head_end.hpp"

#include "http/characters.hpp"

#include <cstring>

namespace webhookd::http {

HeadEnd::Found HeadEnd::look(std::string_view bytes) noexcept {
    for (;;) {
        if (line_ == bytes.size()) return Found::not_yet;
        const char first = bytes[line_];
        if (lines_ == 0 ? !is_token(first) && first != '\r' : first == ' ' || first == '\t') return Found::malformed;

        if (seen_ < line_) seen_ = line_;
        const auto* const feed =
            static_cast<const char*>(std::memchr(bytes.data() + seen_, '\n', bytes.size() - seen_));
        if (!feed) {
            seen_ = bytes.size();
            return Found::not_yet;
        }
        const auto at = static_cast<std::size_t>(feed - bytes.data());
        if (at == line_ || bytes[at - 1] != '\r') return Found::malformed;
        const bool is_empty = at - 1 == line_;
        line_ = at + 1;
        if (!is_empty) {
            if (++lines_ > max_lines) return Found::too_many_lines;
        } else if (lines_ > 0) {
            return Found::here;
        } else if (begin_ == 0) {
            begin_ = line_; // one empty line before the request line is to be ignored (RFC 9112, 2.2)
        } else {
            return Found::malformed;
        }
    }
}

} // namespace webhookd::http
