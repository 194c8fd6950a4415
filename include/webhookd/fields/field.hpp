#pragma once

#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// A struct is described once, by a list of its members; readers, schemas, examples and documentation are made from the
/// list.
///
///     struct Listen { std::string address = "[::]:8443"; … };
///     constexpr auto describe(std::type_identity<Listen>) {
///         return std::tuple{fields::field("address", &Listen::address, "where to listen", Rules{…}), …};
///     }
///
/// `Rules` is the area's own: the configuration's (config/rules.hpp) or the messages' (event/rules.hpp).
namespace webhookd::fields {

template <class Owner, class Value, class Rules>
struct Field {
    using owner_type = Owner;
    using value_type = Value;

    std::string_view name;
    Value Owner::*member;
    std::string_view meaning; // one sentence, without a full stop; it stands in schemas and in docs/
    Rules rules;
};

template <class Owner, class Value, class Rules>
constexpr Field<Owner, Value, Rules> field(std::string_view name, Value Owner::*member, std::string_view meaning,
                                           Rules rules) {
    return {name, member, meaning, rules};
}

/// A struct for which a list of fields exists, found by argument-dependent lookup.
template <class S>
concept Described = requires {
    describe(std::type_identity<S>{});
};

template <Described S>
inline constexpr auto list = describe(std::type_identity<S>{});

template <Described S>
inline constexpr std::size_t count = std::tuple_size_v<std::remove_cvref_t<decltype(list<S>)>>;

/// Calls `visit(field, index constant)` for each field of S, in the order of the list.
template <Described S, class Visit>
constexpr void for_each(Visit&& visit) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (visit(std::get<I>(list<S>), std::integral_constant<std::size_t, I>{}), ...);
    }
    (std::make_index_sequence<count<S>>{});
}

} // namespace webhookd::fields
