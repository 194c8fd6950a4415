#include "webhookd/config/describe.hpp"

#include <algorithm>
#include <utility>

namespace webhookd::config {
namespace {

void append_toml(std::string& out, const nlohmann::ordered_json& value) {
    if (value.is_array()) {
        out += '[';
        for (bool first = true; const auto& element : value) {
            if (!std::exchange(first, false)) out += ", ";
            append_toml(out, element);
        }
        out += ']';
    } else if (value.is_object()) {
        out += '{';
        for (bool first = true; const auto& [key, element] : value.items()) {
            out += std::exchange(first, false) ? " " : ", ";
            append_toml_key(out, key);
            out += " = ";
            append_toml(out, element);
        }
        out += value.empty() ? "}" : " }";
    } else {
        // A JSON text is a TOML text, but for DEL, which TOML wants escaped.
        for (const char c : value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)) {
            if (c == '\x7f')
                out += "\\u007f";
            else
                out += c;
        }
    }
}

} // namespace

void append_toml_key(std::string& out, std::string_view key) {
    const auto is_bare = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    if (!key.empty() && std::all_of(key.begin(), key.end(), is_bare))
        out += key;
    else
        append_toml(out, std::string(key));
}

std::string to_toml(const nlohmann::ordered_json& value) {
    std::string out;
    append_toml(out, value);
    return out;
}

nlohmann::ordered_json value_of(const Key& key) {
    if (key.value.is_null() || key.keys.empty()) return key.value;
    auto table = nlohmann::ordered_json::object();
    for (const auto& inner : key.keys)
        if (auto value = value_of(inner); !value.is_null()) table[std::string(inner.name)] = std::move(value);
    return table;
}

namespace detail {

void show(Key& out, bool value) {
    out.type = "true or false";
    out.value = value;
}

void show(Key& out, std::uint64_t value) {
    out.type = "whole number";
    out.value = value;
}

void show(Key& out, const std::string& value) {
    out.type = "text";
    out.value = mask(value);
}

void show(Key& out, const std::filesystem::path& value) {
    out.type = "path";
    out.value = value.string();
}

void show(Key& out, const ByteSize& value) {
    out.type = "size";
    out.value = format_size(value);
}

void show(Key& out, const Duration& value) {
    out.type = "duration";
    out.value = format_duration(value);
}

void show(Key& out, const Secret& value) {
    out.type = "secret";
    out.value = value.empty() ? "" : std::string(masked);
}

void show(Key& out, const std::vector<std::string>& value) {
    out.type = "list of texts";
    out.value = nlohmann::ordered_json::array();
    for (const auto& element : value) out.value.push_back(mask(element));
}

void show(Key& out, const std::map<std::string, std::string>& value) {
    out.type = "table of texts";
    out.value = nlohmann::ordered_json::object();
    for (const auto& [name, element] : value)
        out.value[name] = names_secret(name) ? std::string(masked) : mask(element);
}

void show(Key& out, const std::map<std::string, Secret>& value) {
    out.type = "table of secrets";
    out.value = nlohmann::ordered_json::object();
    for (const auto& [name, element] : value) out.value[name] = masked;
}

void show_word(Key& out, std::span<const std::string_view> all, std::string_view word) {
    for (const auto one : all) {
        if (!out.type.empty()) out.type += one == all.back() ? " or " : ", ";
        out.type += "\"" + std::string(one) + "\"";
    }
    out.value = word;
}

void mask_all(nlohmann::ordered_json& value) {
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) value = masked;
    if (value.is_structured())
        for (auto& element : value) mask_all(element);
}

} // namespace detail
} // namespace webhookd::config
