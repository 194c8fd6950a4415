#pragma once

#include <string_view>

/// Formats of texts as ajv-formats judges them in its full mode: it decides where the document is silent.
namespace webhookd::event {

/// RFC 3339, the zone required; a leap second only at the end of a UTC day; "t", "z" or white space for the letters.
bool is_date_time(std::string_view text) noexcept;

/// name@domain with a dot in the domain; ASCII, without quotes or comments.
bool is_email(std::string_view text) noexcept;

} // namespace webhookd::event
