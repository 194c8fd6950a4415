#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace webhookd::event {

/// Appends to a string through a pointer: room for everything is made once, so that each piece costs a memcpy and no
/// look at the capacity.
class Line {
public:
    /// `bound`: what will be appended is not longer than this.
    Line(std::string& out, std::size_t bound);
    /// Cuts off the room that was not used.
    void finish();

    Line& operator<<(std::string_view text) noexcept {
        text.copy(at_, text.size());
        at_ += text.size();
        return *this;
    }
    Line& operator<<(char c) noexcept {
        *at_++ = c;
        return *this;
    }
    /// What stands inside the quotes of a JSON string; control, bidirectional and line-separator characters become
    /// escapes even where JSON would allow them.
    Line& json(std::string_view text) noexcept;
    /// The same as a value of logfmt: quoted only where it must be.
    Line& logfmt(std::string_view text) noexcept;
    /// A body on one line: line breaks, which JSON has only between tokens, become spaces.
    Line& body(std::string_view text) noexcept;

private:
    std::string& out_;
    char* at_;
};

/// How much longer text can get by escaping: \u001b for one byte.
inline constexpr std::size_t longest_escape = 6;

} // namespace webhookd::event
