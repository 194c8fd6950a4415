#pragma once

#include "webhookd/base/secret.hpp"
#include "webhookd/base/units.hpp"
#include "webhookd/config/mask.hpp"
#include "webhookd/config/rules.hpp"

#include <nlohmann/json.hpp>

#include <concepts>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// A struct of settings as data, made from its list of fields: `config example`, `config show` and
/// docs/configuration.md are written from it.
namespace webhookd::config {

struct Key {
    std::string_view name;
    std::string_view meaning;
    Rules rules;
    std::string type;             // "duration", "list of texts", "\"full\" or \"normal\""
    nlohmann::ordered_json value; // as it would be written, secrets masked; null: absent
    std::vector<Key> keys;        // of a table
};

template <fields::Described S>
std::vector<Key> keys_of(const S& settings);

namespace detail {

/// A type that writes itself: `void show_key(Key& out, const T&)` fills type, value and keys; found by
/// argument-dependent lookup.
template <class T>
concept ShowsItself = requires(Key& out, const T& value) {
    show_key(out, value);
};

void show(Key& out, bool value);
void show(Key& out, std::uint64_t value);
void show(Key& out, const std::string& value);
void show(Key& out, const std::filesystem::path& value);
void show(Key& out, const ByteSize& value);
void show(Key& out, const Duration& value);
void show(Key& out, const Secret& value);
void show(Key& out, const std::vector<std::string>& value);
void show(Key& out, const std::map<std::string, std::string>& value);
void show(Key& out, const std::map<std::string, Secret>& value);
void mask_all(nlohmann::ordered_json& value);
void show_word(Key& out, std::span<const std::string_view> words, std::string_view word);

template <class T>
void show_value(Key& out, const T& value) {
    if constexpr (requires { value.has_value(); }) {
        show_value(out, value.value_or(typename T::value_type{}));
        if (!value) out.value = nullptr;
    } else if constexpr (ShowsItself<T>) {
        show_key(out, value);
    } else if constexpr (Worded<T>) {
        std::vector<std::string_view> all;
        for (const auto& [word, candidate] : words(std::type_identity<T>{})) all.push_back(word);
        show_word(out, all, word_of(value));
    } else if constexpr (fields::Described<T>) {
        out.type = "table";
        out.keys = keys_of(value);
        out.value = nlohmann::ordered_json::object();
    } else if constexpr (std::unsigned_integral<T> && !std::same_as<T, bool>) {
        show(out, static_cast<std::uint64_t>(value));
    } else {
        show(out, value);
    }
}

} // namespace detail

template <fields::Described S>
std::vector<Key> keys_of(const S& settings) {
    std::vector<Key> keys;
    fields::for_each<S>([&](const auto& field, auto) {
        auto& key = keys.emplace_back(Key{field.name, field.meaning, field.rules, {}, nullptr, {}});
        detail::show_value(key, settings.*field.member);
        if (key.rules.secret) detail::mask_all(key.value);
    });
    return keys;
}

/// A value as TOML, on one line; a key, quoted where it must be.
std::string to_toml(const nlohmann::ordered_json& value);
void append_toml_key(std::string& out, std::string_view key);
/// The value of a key as TOML; a table with its keys inline, those without a value left out.
nlohmann::ordered_json value_of(const Key& key);

} // namespace webhookd::config
