#pragma once

#include "webhookd/event/event.hpp"

#include <array>
#include <span>
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

/// An array of PostgreSQL in its text form: {"a","b",NULL}.
class Array {
public:
    void clear() { text_ = "{"; }
    void add(std::string_view value);
    void add_null();
    /// Ends the array; nothing is added afterwards until clear().
    const char* finish();

private:
    void separate();
    std::string text_ = "{";
};

/// By the SQLSTATE of an error: whether it is about the rows (and not about the server, the table or our rights).
bool concerns_the_rows(std::string_view sqlstate);

} // namespace webhookd::sinks::postgres
