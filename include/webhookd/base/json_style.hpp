#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace webhookd {

/// How a program writes JSON.
struct JsonStyle {
    bool spaced = true;  // ", " and ": " as Python does, or "," and ":" as JavaScript does
    bool escaped = true; // everything beyond ASCII as \uXXXX
    bool sorted = false; // members in the order of their names; else as they stand in the value
};

/// What Flagsmith posts: json.dumps(…, sort_keys=True).
inline constexpr JsonStyle flagsmith_style{true, true, true};

/// Appends a value; false where it is nested deeper than `max_depth` (what was written then is of no use).
template <class Json>
bool append_json(std::string& out, const Json& value, const JsonStyle& style, int max_depth = 64) {
    if (!value.is_structured()) {
        out += value.dump(-1, ' ', style.escaped, Json::error_handler_t::replace);
        return true;
    }
    if (max_depth == 0) return false;
    std::vector<typename Json::const_iterator> items;
    items.reserve(value.size());
    for (auto at = value.begin(); at != value.end(); ++at) items.push_back(at);
    if (value.is_object() && style.sorted)
        std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.key() < b.key(); });
    out += value.is_object() ? '{' : '[';
    for (bool first = true; const auto& item : items) {
        if (!std::exchange(first, false)) out += style.spaced ? ", " : ",";
        if (value.is_object()) {
            append_json(out, Json(item.key()), style, 1);
            out += style.spaced ? ": " : ":";
        }
        if (!append_json(out, *item, style, max_depth - 1)) return false;
    }
    out += value.is_object() ? '}' : ']';
    return true;
}

} // namespace webhookd
