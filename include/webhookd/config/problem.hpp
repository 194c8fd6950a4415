#pragma once

#include <compare>
#include <string>
#include <vector>

namespace webhookd::config {

/// Something in the configuration that is refused, or that is unwise (a warning).
struct Problem {
    std::string file;              // as the user named it
    unsigned line = 0, column = 0; // counted from 1; 0: no place in the text
    std::string key;               // "listen.idle_timeout", "" for the whole file
    std::string what;
    std::string hint; // what would do, or a suggestion

    /// `FILE:LINE:COLUMN key: what is wrong (what would do; did you mean "…"?)`, escaped, on one line.
    std::string text() const;
};

} // namespace webhookd::config
