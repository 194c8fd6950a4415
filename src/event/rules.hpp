#pragma once

#include "event/document.hpp"
#include "webhookd/fields/field.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// What a list of fields says about a message. From it come the check, the typed reading, the JSON Schemas and what is
/// redacted.
///
/// A message is a struct whose members are leaves (Text, Integer, …), std::optional of another described struct, a List
/// of structs, or Either of a leaf and a struct. Members stand in the order of their names: so they arrive, and the
/// check finds each where it looks first.
namespace webhookd::event {

/// A set of JSON types. A whole number is an integer whatever its notation (1.0, 1e3) and size.
enum class Kinds : std::uint8_t {
    none = 0,
    null = 1,
    boolean = 2,
    number = 4,
    string = 8,
    array = 16,
    object = 32,
    integer = 64,
};
constexpr Kinds operator|(Kinds a, Kinds b) noexcept {
    return static_cast<Kinds>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr bool has(Kinds set, Kinds kind) noexcept {
    return (static_cast<std::uint8_t>(set) & static_cast<std::uint8_t>(kind)) != 0;
}
constexpr bool has(Kinds set, Kind kind) noexcept {
    return has(set, static_cast<Kinds>(1u << static_cast<unsigned>(kind)));
}

enum class TextFormat : std::uint8_t { none, date_time, email };

/// Why a value may have to be hidden.
enum class Sensitive : std::uint8_t {
    no,
    key,      // redact = ["keys"]
    personal, // redact = ["personal"]
    trait,    // the same, but it can be any word: finding it elsewhere means nothing unless it is an address
};

/// The known words of a member, and what they are for.
struct Words {
    enum class Use : std::uint8_t {
        examples, // others pass: Flagsmith adds some with nearly every release
        only,     // nothing else is allowed
        none_of,  // these and the empty text are not allowed
    };
    std::span<const std::string_view> list;
    Use use = Use::examples;
};

struct Rules {
    bool required = false;
    bool nullable = false; // null is allowed, before every other rule
    Words words{};
    TextFormat format = TextFormat::none;
    std::optional<int> minimum{};
    std::optional<int> maximum{};
    Sensitive sensitive = Sensitive::no;
};

// --- what members are
// -------------------------------------------------------------------------------------------------

/// A value that is not looked into; points into the Document. Absent, null and wrong types read as "nothing".
template <Kinds kinds>
struct Leaf {
    const Node* node = nullptr;

    bool has_value() const noexcept { return node && node->kind != Kind::null; }
    std::string_view text() const noexcept { return has_value() ? node->string() : std::string_view(); }
    bool is_true() const noexcept { return node && node->is_true(); }
};
using Text = Leaf<Kinds::string>;
using Integer = Leaf<Kinds::integer>;
using Number = Leaf<Kinds::number>;
using Boolean = Leaf<Kinds::boolean>;
using Anything = Leaf<Kinds::object>; // an object whose members nobody knows
using Nothing = Leaf<Kinds::null>;
using FlagValue = Leaf<Kinds::string | Kinds::integer | Kinds::boolean>;
using TraitValue = Leaf<Kinds::string | Kinds::number | Kinds::boolean>;
using IntegerOrText = Leaf<Kinds::integer | Kinds::string>;

/// An array whose elements were checked; they are read where somebody wants them.
template <class Element>
struct List {
    const Node* node = nullptr;
};

template <class Word, class Object>
struct Either {
    Word word;
    std::optional<Object> object;
};

// --- the same as data
// -------------------------------------------------------------------------------------------------

struct Shape;

/// The rules of one value.
struct ValueShape {
    Kinds kinds = Kinds::none;
    const Shape* object = nullptr; // of an object, or of each element of an array
    Words words{};
    TextFormat format = TextFormat::none;
    std::optional<int> minimum{};
    std::optional<int> maximum{};
    Sensitive sensitive = Sensitive::no;
};

struct Member {
    std::string_view name;
    std::string_view meaning;
    bool required;
    ValueShape value;
    /// Where to put what was read: for an object the struct (made new), for anything else a `const Node*`.
    void* (*place)(void* owner, Kind kind);
};

/// An object: its known members. Unknown ones always pass.
struct Shape {
    std::string_view name; // of the struct
    std::span<const Member> members;
    std::uint64_t required = 0; // a bit for each member
};

namespace detail {

template <class Value>
struct Traits;

template <Kinds k>
struct Traits<Leaf<k>> {
    static constexpr Kinds kinds = k;
    static constexpr const Shape* object = nullptr;
    static void* place(Leaf<k>& leaf, Kind) { return &leaf.node; }
};

template <class S>
struct ShapeOf;

template <class S>
struct Traits<std::optional<S>> {
    static constexpr Kinds kinds = Kinds::object;
    static constexpr const Shape* object = &ShapeOf<S>::value;
    static void* place(std::optional<S>& value, Kind) { return &value.emplace(); }
};

template <class Element>
struct Traits<List<Element>> {
    static constexpr Kinds kinds = Kinds::array;
    static constexpr const Shape* object = &ShapeOf<Element>::value;
    static void* place(List<Element>& list, Kind) { return &list.node; }
};

template <class Word, class Object>
struct Traits<Either<Word, Object>> {
    static constexpr Kinds kinds = Traits<Word>::kinds | Kinds::object;
    static constexpr const Shape* object = &ShapeOf<Object>::value;
    static void* place(Either<Word, Object>& value, Kind kind) {
        return kind == Kind::object ? static_cast<void*>(&value.object.emplace()) : &value.word.node;
    }
};

template <class S, std::size_t I>
constexpr Member member() {
    constexpr auto& field = std::get<I>(fields::list<S>);
    using Value = typename std::remove_cvref_t<decltype(field)>::value_type;
    const Rules& rules = field.rules;
    return {field.name,
            field.meaning,
            rules.required,
            {Traits<Value>::kinds | (rules.nullable ? Kinds::null : Kinds::none), Traits<Value>::object, rules.words,
             rules.format, rules.minimum, rules.maximum, rules.sensitive},
            [](void* owner, Kind kind) { return Traits<Value>::place(static_cast<S*>(owner)->*field.member, kind); }};
}

template <class S>
inline constexpr auto members = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<Member, sizeof...(I)>{member<S, I>()...};
}
(std::make_index_sequence<fields::count<S>>{});

/// The name of a struct without its namespaces, as compilers spell it: "… [with S = webhookd::event::Feature; …]".
template <class S>
constexpr std::string_view name_of() {
    std::string_view spelling = __PRETTY_FUNCTION__;
    spelling.remove_prefix(spelling.find("S = ") + 4);
    spelling = spelling.substr(0, spelling.find_first_of(";]"));
    return spelling.substr(spelling.rfind(':') + 1);
}

template <class S>
constexpr std::uint64_t required_bits() {
    static_assert(fields::count<S> <= 64);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < fields::count<S>; ++i)
        if (members<S>[i].required) bits |= std::uint64_t{1} << i;
    return bits;
}

template <class S>
constexpr bool in_order() {
    for (std::size_t i = 1; i < fields::count<S>; ++i)
        if (!(members<S>[i - 1].name < members<S>[i].name)) return false;
    return true;
}

template <class S>
struct ShapeOf {
    static_assert(in_order<S>(), "members stand in the order of their names");
    static constexpr Shape value{name_of<S>(), members<S>, required_bits<S>()};
};

} // namespace detail

/// The list of S as data.
template <fields::Described S>
constexpr const Shape& shape_of() {
    return detail::ShapeOf<S>::value;
}

} // namespace webhookd::event
