#include "event/check.hpp"

#include "event/number.hpp"
#include "event/text_format.hpp"

#include <algorithm>
#include <cstring>

namespace webhookd::event {
namespace {

constexpr std::pair<Kinds, std::string_view> kind_names[] = {
    {Kinds::null, "null"},          {Kinds::boolean, "a boolean"}, {Kinds::number, "a number"},
    {Kinds::integer, "an integer"}, {Kinds::string, "a string"},   {Kinds::array, "an array"},
    {Kinds::object, "an object"}};

std::string name_of(Kinds kinds) {
    std::string names;
    for (const auto& [kind, name] : kind_names) {
        if (!has(kinds, kind)) continue;
        if (!names.empty()) names += " or ";
        names += name;
    }
    return names;
}

std::string name_of(Kind kind) {
    return name_of(static_cast<Kinds>(1u << static_cast<unsigned>(kind)));
}

bool has_kind(const Node& node, Kinds kinds) noexcept {
    if (has(kinds, node.kind)) return true;
    return node.kind == Kind::number && has(kinds, Kinds::integer) && is_whole(node.string());
}

bool contains(std::span<const std::string_view> words, std::string_view word) noexcept {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool same(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

void append_token(std::string& pointer, std::string_view token) {
    pointer += '/';
    for (const char c : token) {
        if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer += c;
    }
}

} // namespace

void Checker::value(const ValueShape& rules, const Node& node, void* into, const Path* path) {
    if (!has_kind(node, rules.kinds)) {
        if (violations_)
            report(path, "type",
                   "must be " + name_of(rules.kinds) + ", not " +
                       (node.kind == Kind::number && has(rules.kinds, Kinds::integer) ? "a number with a fraction"
                                                                                      : name_of(node.kind)));
        return;
    }
    switch (node.kind) {
    case Kind::object:
        if (rules.object) object(*rules.object, node, into, path);
        break;
    case Kind::array:
        if (rules.object && violations_) array(*rules.object, node, path);
        break;
    case Kind::string:
        text(rules, node, path);
        break;
    case Kind::number:
        number(rules, node, path);
        break;
    case Kind::null:
    case Kind::boolean:
        break;
    }
}

void Checker::object(const Shape& shape, const Node& node, void* into, const Path* path) {
    const auto members = shape.members;
    std::uint64_t seen = 0;
    std::size_t expected = 0;
    for (const auto& child : document_.children(node)) {
        // Both the list and what arrives are sorted: the next member is nearly always the next of the list.
        std::size_t at = expected;
        while (at < members.size() && !same(members[at].name, child.name())) ++at;
        if (at == members.size()) {
            for (at = 0; at < expected && !same(members[at].name, child.name());) ++at;
            if (at == expected) continue; // unknown members pass
        }
        expected = at + 1;
        seen |= std::uint64_t{1} << at;

        const auto& member = members[at];
        const Path here{path, &child, 0};
        void* place = nullptr;
        if (into && has_kind(child, member.value.kinds) && child.kind != Kind::null) {
            place = member.place(into, child.kind);
            if (child.kind != Kind::object || !member.value.object) *static_cast<const Node**>(place) = &child;
        }
        value(member.value, child, place, &here);
    }
    if (const auto absent = shape.required & ~seen; absent && violations_) missing(shape, absent, path);
}

void Checker::array(const Shape& shape, const Node& node, const Path* path) {
    const ValueShape element{.kinds = Kinds::object, .object = &shape};
    std::size_t number = 0;
    for (const auto& child : document_.children(node)) {
        const Path here{path, &child, number++};
        value(element, child, nullptr, &here);
    }
}

void Checker::missing(const Shape& shape, std::uint64_t absent, const Path* path) {
    for (std::size_t i = 0; i < shape.members.size(); ++i)
        if (absent >> i & 1) report(path, "required", "must have \"" + std::string(shape.members[i].name) + "\"");
}

void Checker::text(const ValueShape& rules, const Node& node, const Path* path) {
    if (!violations_) return;
    const auto& words = rules.words;
    if (words.use == Words::Use::only && !contains(words.list, node.string())) {
        std::string list;
        for (const auto word : words.list) list.append(list.empty() ? "" : ", ").append(word);
        const bool one = words.list.size() == 1;
        report(path, one ? "const" : "enum", (one ? "must be " : "must be one of ") + list);
    }
    if (words.use == Words::Use::none_of) {
        if (node.size == 0) report(path, "minLength", "must not be empty");
        if (contains(words.list, node.string())) report(path, "not", "must not be one of the known words");
    }
    if (rules.format == TextFormat::date_time && !is_date_time(node.string()))
        report(path, "format", "must be a date and time such as 2026-11-23T14:02:11Z (RFC 3339)");
    if (rules.format == TextFormat::email && !is_email(node.string()))
        report(path, "format", "must be an e-mail address");
}

void Checker::number(const ValueShape& rules, const Node& node, const Path* path) {
    if (!violations_ || (!rules.minimum && !rules.maximum)) return;
    const auto value = to_double(node.string());
    if (rules.minimum && value < *rules.minimum)
        report(path, "minimum", "must be at least " + std::to_string(*rules.minimum));
    if (rules.maximum && value > *rules.maximum)
        report(path, "maximum", "must be at most " + std::to_string(*rules.maximum));
}

void Checker::report(const Path* path, const char* rule, std::string detail) {
    if (!violations_ || violations_->size() == max_violations) return;
    std::vector<const Path*> steps;
    for (; path; path = path->up) steps.push_back(path);
    std::string pointer;
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        const auto& node = *(*step)->node;
        append_token(pointer, node.key ? std::string(node.name()) : std::to_string((*step)->element));
    }
    report(std::move(pointer), rule, std::move(detail));
}

void Checker::report(std::string pointer, std::string rule, std::string detail) {
    if (!violations_ || violations_->size() == max_violations) return;
    violations_->push_back({std::move(pointer), std::move(rule), std::move(detail)});
}

} // namespace webhookd::event
