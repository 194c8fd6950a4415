#include "sinks/postgres/rows.hpp"

namespace webhookd::sinks::postgres {
namespace {

void append_quoted_name(std::string& out, std::string_view name) {
    out += '"';
    for (const char c : name) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

} // namespace

std::string quoted_table(std::string_view table) {
    std::string out;
    if (const auto dot = table.find('.'); dot != std::string_view::npos) {
        append_quoted_name(out, table.substr(0, dot));
        out += '.';
        table.remove_prefix(dot + 1);
    }
    append_quoted_name(out, table);
    return out;
}

std::string create_statement(std::string_view table) {
    std::string sql = "CREATE TABLE IF NOT EXISTS " + quoted_table(table);
    sql += " (id uuid PRIMARY KEY, received timestamptz NOT NULL";
    for (const auto column : columns) sql.append(", ").append(info(column).name).append(" text");
    return sql + ", event jsonb NOT NULL)";
}

std::string insert_statement(std::string_view table) {
    std::string names = "id, received", arrays = "$1::uuid[], $2::timestamptz[]";
    std::size_t number = 2;
    for (const auto column : columns) {
        names.append(", ").append(info(column).name);
        arrays.append(", $").append(std::to_string(++number)).append("::text[]");
    }
    arrays.append(", $").append(std::to_string(++number)).append("::jsonb[]");
    return "INSERT INTO " + quoted_table(table) + " (" + names + ", event) SELECT * FROM unnest(" + arrays +
           ") ON CONFLICT (id) DO NOTHING";
}

void Array::separate() {
    if (text_.size() > 1) text_ += ',';
}

void Array::add(std::string_view value) {
    separate();
    text_ += '"';
    for (const char c : value) {
        if (c == '\0') continue; // no text of PostgreSQL has it
        if (c == '"' || c == '\\') text_ += '\\';
        text_ += c;
    }
    text_ += '"';
}

void Array::add_null() {
    separate();
    text_ += "NULL";
}

const char* Array::finish() {
    text_ += '}';
    return text_.c_str();
}

bool concerns_the_rows(std::string_view sqlstate) {
    // 21 cardinality, 22 data (a text that jsonb cannot hold), 23 constraints, 54 limits of a row or index
    for (const std::string_view data : {"21", "22", "23", "54"})
        if (sqlstate.starts_with(data)) return true;
    return false;
}

} // namespace webhookd::sinks::postgres
