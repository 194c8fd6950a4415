#pragma once

#include "webhookd/base/secret.hpp"
#include "webhookd/config/rules.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

/// What differs between two configurations, through the lists of fields.
namespace webhookd::config {

inline bool same(const Secret& a, const Secret& b) {
    return a.reveal() == b.reveal();
}
template <class T>
bool same(const T& a, const T& b);
template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const T& x, const T& y) { return same(x, y); });
}
template <class T>
bool same(const std::optional<T>& a, const std::optional<T>& b) {
    return a.has_value() == b.has_value() && (!a || same(*a, *b));
}
template <class T>
bool same(const std::map<std::string, T>& a, const std::map<std::string, T>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return x.first == y.first && same(x.second, y.second); });
}
template <class T>
bool same(const T& a, const T& b) {
    if constexpr (fields::Described<T>) {
        bool equal = true;
        fields::for_each<T>([&](const auto& field, auto) { equal = equal && same(a.*field.member, b.*field.member); });
        return equal;
    } else {
        return a == b;
    }
}

/// Appends the keys that differ and that a reload cannot change ("listen.address").
template <fields::Described S>
void keys_that_need_restart(const S& before, const S& after, const std::string& path, std::vector<std::string>& out) {
    fields::for_each<S>([&](const auto& field, auto) {
        using Value = typename std::remove_cvref_t<decltype(field)>::value_type;
        const auto name = path + "." + std::string(field.name);
        if (field.rules.needs_restart) {
            if (!same(before.*field.member, after.*field.member)) out.push_back(name);
        } else if constexpr (fields::Described<Value>) {
            keys_that_need_restart(before.*field.member, after.*field.member, name, out);
        }
    });
}

} // namespace webhookd::config
