#pragma once

#include <string>
#include <string_view>

namespace webhookd::config {

/// Whether a property, header or query parameter of this name holds a secret by all appearances ("sasl.password").
bool names_secret(std::string_view name);

/// A text as it may be shown: user-info of URLs and parameters named like secrets ("?token=…", "password=…") masked.
std::string mask(std::string_view text);

} // namespace webhookd::config
