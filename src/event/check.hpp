#pragma once

#include "event/rules.hpp"
#include "webhookd/event/decode.hpp"

#include <string>
#include <vector>

namespace webhookd::event {

/// Checks a value against the list of a struct and reads it in the same pass.
class Checker {
public:
    /// Violations are appended, at most max_violations; null: only read what can be read.
    Checker(const Document& document, std::vector<Violation>* violations) noexcept
        : document_(document), violations_(violations) {}

    /// Checks `node` against the list of S; what has the right type is put into `into`, if there is one.
    template <class S>
    void check(const Node& node, S* into) {
        value({.kinds = Kinds::object, .object = &shape_of<S>()}, node, into, nullptr);
    }

    void report(std::string pointer, std::string rule, std::string detail);

private:
    /// The way from the body to a value; a chain on the stack, spelled out only when there is something to report.
    struct Path {
        const Path* up;
        const Node* node;
        std::size_t element; // number in an array
    };

    void value(const ValueShape& rules, const Node& node, void* into, const Path* path);
    void object(const Shape& shape, const Node& node, void* into, const Path* path);
    void array(const Shape& shape, const Node& node, const Path* path);
    void missing(const Shape& shape, std::uint64_t absent, const Path* path);
    void text(const ValueShape& rules, const Node& node, const Path* path);
    void number(const ValueShape& rules, const Node& node, const Path* path);
    void report(const Path* path, const char* rule, std::string detail);

    const Document& document_;
    std::vector<Violation>* violations_;
};

} // namespace webhookd::event
