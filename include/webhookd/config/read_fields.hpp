#pragma once

#include "webhookd/config/table_reader.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <limits>

/// From a TOML table to a struct, through the struct's list of fields.
namespace webhookd::config {

template <fields::Described S>
void read_fields(TableReader& table, S& settings);

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// A type that reads itself: `void read_key(TableReader&, std::string_view key, T&)`, found by argument-dependent
/// lookup.
template <class T>
concept ReadsItself = requires(TableReader& table, std::string_view key, T& value) {
    read_key(table, key, value);
};

/// A struct that judges itself as a whole once its fields were read: `void check(const S&, TableReader&)`.
template <class S>
concept ChecksItself = requires(const S& settings, TableReader& table) {
    check(settings, table);
};

template <class T>
void read_value(TableReader& table, std::string_view key, const Rules& rules, T& value) {
    if constexpr (is_optional<T>) {
        if (!table.has(key)) return;
        if constexpr (std::same_as<typename T::value_type, Secret>)
            if (table.is_empty_reference(key)) return table.expect(key); // `token = { file = "" }`: none
        typename T::value_type inner{};
        read_value(table, key, rules, inner);
        value = std::move(inner);
    } else if constexpr (ReadsItself<T>) {
        read_key(table, key, value);
    } else if constexpr (Worded<T>) {
        constexpr auto named = words(std::type_identity<T>{});
        std::array<std::string_view, named.size()> texts;
        std::transform(named.begin(), named.end(), texts.begin(), [](const auto& word) { return word.word; });
        if (const auto index = table.read_word(key, texts)) value = named[*index].value;
    } else if constexpr (fields::Described<T>) {
        if (auto inner = table.table(key)) {
            read_fields(*inner, value);
            inner->refuse_unknown();
        }
    } else if constexpr (std::unsigned_integral<T> && !std::same_as<T, bool> && !std::same_as<T, std::uint64_t>) {
        auto bounded = rules;
        bounded.max = std::min<std::uint64_t>(rules.max, std::numeric_limits<T>::max());
        std::uint64_t number = value;
        table.read(key, bounded, number);
        value = static_cast<T>(number);
    } else {
        table.read(key, rules, value);
    }
}

} // namespace detail

/// Reads every field of S that the table has. Does not refuse other keys: call refuse_unknown() when all lists that
/// share the table were read.
template <fields::Described S>
void read_fields(TableReader& table, S& settings) {
    fields::for_each<S>([&](const auto& field, auto) {
        if (field.rules.required && !table.has(field.name))
            table.problem("", "\"" + std::string(field.name) + "\" is missing", std::string(field.meaning));
        detail::read_value(table, field.name, field.rules, settings.*field.member);
    });
    if constexpr (detail::ChecksItself<S>) check(settings, table);
}

} // namespace webhookd::config
