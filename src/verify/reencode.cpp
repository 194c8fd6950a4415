#include "verify/reencode.hpp"

#include "webhookd/base/json_style.hpp"

#include <algorithm>
#include <array>

namespace webhookd::verify {
namespace {

struct Style {
    JsonStyle json;
    std::string_view change;
};

/// Flagsmith's own style first; then what else a test script or another server may use.
constexpr std::array styles{
    Style{flagsmith_style, "it was written anew (white space, escapes or order of members)"},
    Style{{true, true, false}, "its white space or its escapes were changed"},
    Style{{false, true, false}, "its white space or its escapes were changed"},
    Style{{true, false, false}, "its white space was changed, or characters beyond ASCII were escaped"},
    Style{{false, false, false}, "its white space was changed, or characters beyond ASCII were escaped"},
    Style{{false, true, true}, "it was written anew (white space, escapes or order of members)"},
    Style{{true, false, true}, "it was written anew (white space, escapes or order of members)"},
    Style{{false, false, true}, "it was written anew (white space, escapes or order of members)"},
};

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
    const auto json = nlohmann::ordered_json::parse(body, nullptr, false);
    if (json.is_discarded()) return forms;
    for (const auto& style : styles) {
        std::string text;
        if (append_json(text, json, style.json)) add(std::move(text), style.change);
    }
    return forms;
}

} // namespace webhookd::verify
