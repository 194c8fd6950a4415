#pragma once

#include <string>
#include <string_view>

namespace webhookd {

/// Appends what stands inside the quotes of a JSON string. Bytes that are no UTF-8 become U+FFFD.
void append_json_text(std::string& out, std::string_view text);
/// The same with the quotes around it.
void append_json_string(std::string& out, std::string_view text);
/// Appends a JSON value as one line: line breaks, which can only stand between its tokens, become spaces.
void append_json_line(std::string& out, std::string_view json);

} // namespace webhookd
