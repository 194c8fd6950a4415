#pragma once

#include "webhookd/event/event.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// The text that is sent to PostgreSQL. Pure.
namespace webhookd::sinks::postgres {

/// The columns that events are looked for by, beside id, received and event; their names are the attributes'.
inline constexpr std::array columns{Attribute::type,    Attribute::flag,  Attribute::environment,
                                    Attribute::project, Attribute::actor, Attribute::changed};

/// "schema"."table", safe whatever the names are.
std::string quoted_table(std::string_view table);
std::string create_statement(std::string_view table);
/// Takes one array for each column; what is there already, by its id, stays as it is.
std::string insert_statement(std::string_view table);

/// One column of many rows: an array of PostgreSQL in its binary form (array_recv in its arrayfuncs.c), which costs the
/// server far less than text that it has to unquote.
class Array {
public:
    enum class Element : std::uint32_t { text = 25, timestamptz = 1184, uuid = 2950, jsonb = 3802 }; // pg_type.dat

    explicit Array(Element element = Element::text) : element_(element) { clear(); }
    void clear();
    /// Each adds one element, which must be of the array's type.
    void add(const EventId& id);
    void add(Time time);
    void add_text(std::string_view text);
    void add_json(std::string_view json);
    void add_null();
    /// Ends the array; nothing is added afterwards until clear(). Valid until then.
    std::string_view finish();

private:
    void begin_element(std::size_t bytes);

    const Element element_;
    std::uint32_t count_ = 0;
    bool has_nulls_ = false;
    std::string bytes_;
};

/// The parameters of the insertion.
class Rows {
public:
    using Parameters = std::array<std::string_view, columns.size() + 3>;

    void clear();
    void add(const event::Event& event, std::string_view json);
    /// Ends them; nothing is added afterwards until clear(). Valid until then.
    Parameters finish();

private:
    Array ids_{Array::Element::uuid}, received_{Array::Element::timestamptz};
    std::array<Array, columns.size()> attributes_;
    Array events_{Array::Element::jsonb};
};

/// By the SQLSTATE of an error: whether it is about the rows (and not about the server, the table or our rights).
bool concerns_the_rows(std::string_view sqlstate);

} // namespace webhookd::sinks::postgres
