#pragma once

#include "webhookd/fields/field.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace webhookd::config {

/// What is wrong with a value, and what would do; both without the value itself, which may be a secret.
struct Complaint {
    std::string what; // "is not a network"
    std::string hint; // "such as \"10.0.0.0/8\"", "" where there is nothing to say
};

/// Judges the form of a text (config/forms.hpp has the usual ones).
using Form = std::optional<Complaint> (*)(std::string_view text);

/// What the configuration asks of one key, beside its type.
struct Rules {
    bool required = false;      // must be there
    bool secret = false;        // masked in every output; a value of type Secret is so by itself
    bool signs = false;         // a Secret that is used as a key: fewer than 16 bytes are warned of
    bool readable = false;      // a path to a file that must be readable now, and is watched for changes
    bool needs_restart = false; // a reload cannot change it
    std::uint64_t min = 0;      // for whole numbers, sizes (bytes) and durations (milliseconds)
    std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
    Form form = nullptr;        // for a text, and for each text of a list
    std::string_view example{}; // TOML, shown by `config example` where the default would not tell enough
};

using fields::field;

/// One value of an enumeration as it is written in the configuration.
template <class E>
struct Word {
    std::string_view word;
    E value;
};
template <class E>
Word(std::string_view, E) -> Word<E>; // clang 14, which fuzzes, does not find it by itself

/// An enumeration that can be configured: `words(std::type_identity<E>)`, found by argument-dependent lookup, gives an
/// array of Word<E>.
template <class E>
concept Worded = std::is_enum_v<E> && requires {
    words(std::type_identity<E>{});
};

template <Worded E>
constexpr std::string_view word_of(E value) {
    for (const auto& [word, candidate] : words(std::type_identity<E>{}))
        if (candidate == value) return word;
    return {};
}

} // namespace webhookd::config
