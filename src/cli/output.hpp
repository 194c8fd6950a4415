#pragma once

#include "cli/command.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

/// How commands write what they list: aligned columns for people, JSON for programs.
namespace webhookd::cli {

enum class Colour : std::uint8_t { red = 31, green = 32, yellow = 33, dim = 2, bold = 1 };

/// The text in a colour where the output likes it, else as it is. The text must be safe already (escape()).
std::string coloured(const Context& context, Colour colour, std::string_view text);

/// A list with named columns. Values of cells are untrusted: they are escaped.
class Listing {
public:
    struct Column {
        std::string_view name; // also the member's name in JSON
        bool right = false;    // numbers stand to the right
    };
    explicit Listing(std::vector<Column> columns) : columns_(std::move(columns)) {}

    /// One value for each column; null is an empty cell.
    void add(std::vector<nlohmann::ordered_json> row) { rows_.push_back(std::move(row)); }
    bool empty() const noexcept { return rows_.empty(); }

    /// Text: a heading and a line for each row. JSON: an array with an object for each row.
    void print(Context& context) const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<nlohmann::ordered_json>> rows_;
};

/// One value, indented, with a final newline; all ASCII, so that nothing in it can move a cursor. Invalid UTF-8 is
/// replaced.
void print_json(std::ostream& out, const nlohmann::ordered_json& value);

} // namespace webhookd::cli
