#include "config/reading.hpp"

#include <algorithm>

namespace webhookd::config {
namespace {

bool is_name(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !text.empty() && is_letter(text[0]) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

} // namespace

Result<std::string> expand(std::string_view text, const Surroundings& surroundings) {
    std::string out;
    for (;;) {
        const auto dollar = text.find("${");
        out.append(text.substr(0, dollar));
        if (dollar == std::string_view::npos) return out;
        text.remove_prefix(dollar + 2);
        if (out.ends_with('$')) { // "$${" stands for "${"
            out += '{';
            continue;
        }
        const auto close = text.find('}');
        if (close == std::string_view::npos) return Error{"\"${\" has no \"}\""};
        const auto inside = text.substr(0, close);
        text.remove_prefix(close + 1);
        const auto separator = inside.find(":-");
        const std::string name(inside.substr(0, separator));
        if (!is_name(name)) return Error{"\"${", inside, "}\" does not name an environment variable"};
        auto value = surroundings.variable(name);
        if (separator != std::string_view::npos && (!value || value->empty()))
            value = std::string(inside.substr(separator + 2));
        if (!value) return Error{"the environment variable ", name, " is not set"};
        out += *value;
    }
}

} // namespace webhookd::config
