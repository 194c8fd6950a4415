#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace webhookd {

/// `text` as it may stand on a terminal or in a log line: control, bidirectional and line-separator characters and
/// invalid UTF-8 become escapes (\n, \x1b, \u202e), everything else stays. One value stays one line.
std::string escape(std::string_view text);
void append_escaped(std::string& out, std::string_view text);

/// Whether `text` matches a glob pattern: * any run, ? one character, [a-z] a set, \ takes the next one literally.
/// Linear in both lengths for patterns without nested stars; never exponential.
bool glob_match(std::string_view pattern, std::string_view text) noexcept;

/// The candidate nearest to a mistyped `word`, if one is near enough to be what was meant.
std::optional<std::string_view> did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

/// Whether `bytes` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool is_utf8(std::string_view bytes) noexcept;

std::string_view trim(std::string_view text) noexcept;
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept; ///< ASCII only, as HTTP has it

/// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);

} // namespace webhookd
