#include "verify/reencode.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace webhookd::verify {
namespace {

using Json = nlohmann::ordered_json;

constexpr int max_depth = 64;

/// How a program writes JSON.
struct Style {
    bool spaced;  // ", " and ": " as Python does, or "," and ":" as JavaScript does
    bool escaped; // everything beyond ASCII as \uXXXX
    bool sorted;  // members in the order of their names
    std::string_view change;
};

/// Flagsmith's own style first; then what else a test script or another server may use.
constexpr std::array styles{
    Style{true, true, true, "it was written anew (white space, escapes or order of members)"},
    Style{true, true, false, "it was written anew without white space, or its escapes were replaced"},
    Style{false, true, false, "white space was put between its tokens, or its escapes were replaced"},
    Style{true, false, false, "its white space was changed, or characters beyond ASCII were escaped"},
    Style{false, false, false, "white space was put between its tokens, or characters beyond ASCII were escaped"},
    Style{false, true, true, "it was written anew (white space, escapes or order of members)"},
    Style{true, false, true, "it was written anew (white space, escapes or order of members)"},
    Style{false, false, true, "it was written anew (white space, escapes or order of members)"},
};

void write_scalar(std::string& out, const Json& value, const Style& style) {
    out += value.dump(-1, ' ', style.escaped, Json::error_handler_t::replace);
}

/// Whether the value is not nested too deeply to be written.
bool write(std::string& out, const Json& value, const Style& style, int depth) {
    if (!value.is_structured()) {
        write_scalar(out, value, style);
        return true;
    }
    if (depth == max_depth) return false;
    std::vector<Json::const_iterator> items;
    for (auto at = value.begin(); at != value.end(); ++at) items.push_back(at);
    if (value.is_object() && style.sorted)
        std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.key() < b.key(); });
    out += value.is_object() ? '{' : '[';
    for (bool first = true; const auto& item : items) {
        if (!std::exchange(first, false)) out += style.spaced ? ", " : ",";
        if (value.is_object()) {
            write_scalar(out, item.key(), style);
            out += style.spaced ? ": " : ":";
        }
        if (!write(out, *item, style, depth + 1)) return false;
    }
    out += value.is_object() ? '}' : ']';
    return true;
}

} // namespace

std::vector<Form> earlier_forms(std::string_view body) {
    std::vector<Form> forms;
    const auto add = [&](std::string text, std::string_view change) {
        if (text != body &&
            std::none_of(forms.begin(), forms.end(), [&](const auto& form) { return form.text == text; }))
            forms.push_back({std::move(text), change});
    };
    auto stripped = body;
    while (stripped.ends_with('\n') || stripped.ends_with('\r')) stripped.remove_suffix(1);
    add(std::string(stripped), "a line break was added at its end");
    add(std::string(body) + "\n", "a line break was cut off its end");
    const auto json = Json::parse(body, nullptr, false);
    if (json.is_discarded()) return forms;
    for (const auto& style : styles) {
        std::string text;
        if (write(text, json, style, 0)) add(std::move(text), style.change);
    }
    return forms;
}

} // namespace webhookd::verify
