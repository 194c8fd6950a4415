#include "cli/output.hpp"

#include "webhookd/base/text.hpp"

#include <algorithm>

namespace webhookd::cli {
namespace {

std::string cell_text(const nlohmann::ordered_json& value) {
    if (value.is_null()) return {};
    if (value.is_string()) return escape(value.get_ref<const std::string&>());
    return value.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

/// Columns a text takes on a terminal, counting each character as one.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void append_cell(std::string& line, std::string_view text, std::size_t width, bool right) {
    const auto padding = width - std::min(width, width_of(text));
    if (right) line.append(padding, ' ');
    line += text;
    if (!right) line.append(padding, ' ');
    line += "  ";
}

} // namespace

std::string coloured(const Context& context, Colour colour, std::string_view text) {
    if (!context.colour) return std::string(text);
    return "\x1b[" + std::to_string(static_cast<int>(colour)) + "m" + std::string(text) + "\x1b[0m";
}

void Listing::print(Context& context) const {
    if (context.json()) {
        auto list = nlohmann::ordered_json::array();
        for (const auto& row : rows_) {
            auto& object = list.emplace_back(nlohmann::ordered_json::object());
            for (std::size_t i = 0; i < columns_.size(); ++i) object[std::string(columns_[i].name)] = row[i];
        }
        print_json(context.out, list);
        return;
    }
    std::vector<std::vector<std::string>> texts;
    std::vector<std::size_t> widths;
    for (const auto& column : columns_) widths.push_back(column.name.size());
    for (const auto& row : rows_) {
        auto& line = texts.emplace_back();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            line.push_back(cell_text(row[i]));
            widths[i] = std::max(widths[i], width_of(line.back()));
        }
    }
    const auto print_line = [&](const auto& cell, bool heading) {
        std::string line;
        for (std::size_t i = 0; i < columns_.size(); ++i) append_cell(line, cell(i), widths[i], columns_[i].right);
        line.erase(line.find_last_not_of(' ') + 1);
        context.out << (heading ? coloured(context, Colour::bold, line) : line) << '\n';
    };
    if (!texts.empty())
        print_line(
            [&](std::size_t i) {
                std::string name(columns_[i].name);
                for (auto& c : name)
                    c = c == '_' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
                return name;
            },
            true);
    for (const auto& line : texts) print_line([&](std::size_t i) { return std::string_view(line[i]); }, false);
}

void print_json(std::ostream& out, const nlohmann::ordered_json& value) {
    out << value.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

} // namespace webhookd::cli
