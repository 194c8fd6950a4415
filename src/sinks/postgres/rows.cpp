#include "sinks/postgres/rows.hpp"

#include <algorithm>
#include <iterator>

namespace webhookd::sinks::postgres {
namespace {

constexpr std::size_t array_header_bytes = 5 * sizeof(std::uint32_t);

/// In the byte order of networks.
template <class Number>
void append_number(std::string& out, Number number) {
    for (int shift = 8 * (sizeof number - 1); shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

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

void Array::clear() {
    bytes_.assign(array_header_bytes, '\0');
    count_ = 0;
    has_nulls_ = false;
}

void Array::begin_element(std::size_t bytes) {
    ++count_;
    append_number(bytes_, static_cast<std::uint32_t>(bytes));
}

void Array::add(const EventId& id) {
    begin_element(id.bytes.size());
    bytes_.append(id.bytes.begin(), id.bytes.end());
}

void Array::add(Time time) {
    using namespace std::chrono;
    constexpr Time epoch = sys_days(year(2000) / January / 1);
    begin_element(sizeof(std::uint64_t));
    append_number(bytes_, static_cast<std::uint64_t>((time - epoch).count()));
}

void Array::add_text(std::string_view text) {
    const auto zeros = std::count(text.begin(), text.end(), '\0'); // no text of PostgreSQL has one
    begin_element(text.size() - static_cast<std::size_t>(zeros));
    std::remove_copy(text.begin(), text.end(), std::back_inserter(bytes_), '\0');
}

void Array::add_json(std::string_view json) {
    constexpr char version = 1;
    begin_element(1 + json.size());
    bytes_ += version;
    bytes_ += json;
}

void Array::add_null() {
    has_nulls_ = true;
    begin_element(0xffffffff);
}

std::string_view Array::finish() {
    std::string header;
    const std::uint32_t dimensions = count_ == 0 ? 0 : 1, first_index = 1;
    for (const auto number :
         {dimensions, std::uint32_t{has_nulls_}, static_cast<std::uint32_t>(element_), count_, first_index})
        append_number(header, number);
    std::copy(header.begin(), header.end(), bytes_.begin());
    return dimensions == 0 ? std::string_view(bytes_).substr(0, 3 * sizeof(std::uint32_t)) : bytes_;
}

void Rows::clear() {
    ids_.clear();
    received_.clear();
    for (auto& array : attributes_) array.clear();
    events_.clear();
}

void Rows::add(const event::Event& event, std::string_view json) {
    ids_.add(event.id);
    received_.add(event.received);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (const auto value = event.attributes.get(columns[i]))
            attributes_[i].add_text(*value);
        else
            attributes_[i].add_null();
    }
    events_.add_json(json);
}

Rows::Parameters Rows::finish() {
    Parameters parameters{ids_.finish(), received_.finish()};
    std::transform(attributes_.begin(), attributes_.end(), parameters.begin() + 2,
                   [](Array& array) { return array.finish(); });
    parameters.back() = events_.finish();
    return parameters;
}

bool concerns_the_rows(std::string_view sqlstate) {
    // 21 cardinality, 22 data (a text that jsonb cannot hold), 23 constraints, 54 limits of a row or index
    for (const std::string_view data : {"21", "22", "23", "54"})
        if (sqlstate.starts_with(data)) return true;
    return false;
}

} // namespace webhookd::sinks::postgres
