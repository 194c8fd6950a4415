#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace webhookd {

/// The standard alphabet, padded (RFC 4648, section 4).
std::string to_base64(std::string_view bytes);
/// Nothing where the text is anything else; white space is no part of it.
std::optional<std::string> from_base64(std::string_view text);

} // namespace webhookd
