#pragma once

#include <array>
#include <string_view>

/// The character classes of RFC 9110 and RFC 3986.
namespace webhookd::http {

class CharacterClass {
public:
    constexpr explicit CharacterClass(std::string_view others) {
        for (char c = '0'; c <= '9'; ++c) add(c);
        for (char c = 'a'; c <= 'z'; ++c) add(c);
        for (char c = 'A'; c <= 'Z'; ++c) add(c);
        for (const char c : others) add(c);
    }
    constexpr bool has(char c) const noexcept { return members_[static_cast<unsigned char>(c)]; }
    constexpr bool has_all(std::string_view text) const noexcept {
        for (const char c : text)
            if (!has(c)) return false;
        return true;
    }

private:
    constexpr void add(char c) { members_[static_cast<unsigned char>(c)] = true; }
    std::array<bool, 256> members_{};
};

inline constexpr CharacterClass token_characters("!#$%&'*+-.^_`|~");
inline constexpr CharacterClass target_characters("-._~:/?@!$&'()*+,;=%[]"); // a fragment (#) is no part of a target
inline constexpr CharacterClass host_characters("-._~%");                    // no sub-delims: no host has them
inline constexpr CharacterClass ip_literal_characters("-._~:");

constexpr bool is_token(char c) noexcept {
    return token_characters.has(c);
}
/// What a field's value or a quoted string may hold.
constexpr bool is_text(char c) noexcept {
    return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
}
constexpr bool is_digits(std::string_view text) noexcept {
    for (const char c : text)
        if (c < '0' || c > '9') return false;
    return !text.empty();
}

} // namespace webhookd::http
