#include "webhookd/sink/template.hpp"

#include "webhookd/base/json_text.hpp"
#include "webhookd/base/text.hpp"

#include <algorithm>

namespace webhookd::sink {
namespace {

constexpr bool is_alphanumeric(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_unreserved(char c) noexcept {
    return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
constexpr bool is_name(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

void append_percent(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    ((out += '%') += digits[byte >> 4]) += digits[byte & 15];
}

std::vector<std::string_view> names() {
    std::vector<std::string_view> all{"id", "time", "data"};
    for (const auto& row : attribute_table) all.push_back(row.name);
    return all;
}

/// Follows the literal parts of a JSON text: inside of a string or not?
bool ends_in_string(std::string_view text, bool is_in_string) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"')
            is_in_string = !is_in_string;
        else if (is_in_string && text[i] == '\\')
            ++i;
    }
    return is_in_string;
}

/// Dots part tokens, * and > stand for others; an empty one is none.
void append_token(std::string& out, std::string_view text) {
    if (text.empty()) out += '_';
    for (const char c : text) {
        const bool is_special = static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '.' || c == '*' || c == '>';
        out += is_special ? '_' : c;
    }
}

} // namespace

void append_slack_text(std::string& out, std::string_view text) {
    for (const char c : escape(text)) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else
            out += c;
    }
}

void append_percent_encoded(std::string& out, std::string_view text) {
    for (const char c : text) is_unreserved(c) ? static_cast<void>(out += c) : append_percent(out, c);
}

void append_header_encoded(std::string& out, std::string_view text) {
    for (const char c : text)
        c > ' ' && c < 0x7f && c != '"' && c != '%' ? static_cast<void>(out += c) : append_percent(out, c);
}

std::optional<Template::Piece> Template::piece_of(std::string_view name) {
    Piece piece;
    if (name == "id") return piece;
    if (name == "time") return piece.value = Piece::Value::time, piece;
    if (name == "data") return piece.value = Piece::Value::data, piece;
    const auto attribute = find_attribute(name);
    if (!attribute) return {};
    piece.value = Piece::Value::attribute;
    piece.attribute = *attribute;
    return piece;
}

Result<Template> Template::parse(std::string_view text, Place place) {
    Template parsed;
    parsed.place_ = place;
    std::string literal;
    bool is_in_string = false;
    const auto end_literal = [&] {
        if (literal.empty()) return;
        is_in_string = ends_in_string(literal, is_in_string);
        parsed.pieces_.emplace_back().literal = std::exchange(literal, {});
    };
    while (!text.empty()) {
        const auto brace = std::min(text.find('{'), text.size());
        literal.append(text.substr(0, brace));
        text.remove_prefix(brace);
        if (text.empty()) break;
        if (text.starts_with("{{")) {
            literal += '{';
            text.remove_prefix(2);
            continue;
        }
        const auto close = text.find('}');
        const auto name = close == std::string_view::npos ? std::string_view() : text.substr(1, close - 1);
        if (!is_name(name)) { // a brace of JSON, for one
            if (place == Place::url || place == Place::header || place == Place::token)
                return Error{"has a brace that is no {name}"};
            literal += '{';
            text.remove_prefix(1);
            continue;
        }
        auto piece = piece_of(name);
        if (!piece) {
            const auto near = did_you_mean(name, names());
            return Error{"knows no {", name, "}", near ? "; did you mean {" : "", near.value_or(""), near ? "}?" : ""};
        }
        if (piece->value == Piece::Value::data && place != Place::json && place != Place::text && place != Place::slack)
            return Error{"cannot hold {data}"};
        end_literal();
        piece->is_in_string = is_in_string;
        parsed.pieces_.push_back(std::move(*piece));
        text.remove_prefix(close + 1);
    }
    end_literal();
    return parsed;
}

bool Template::is_constant() const noexcept {
    return std::all_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return !piece.literal.empty(); });
}

Result<> Template::append(std::string& out, const event::Event& event) const {
    for (const auto& piece : pieces_) {
        if (!piece.literal.empty()) {
            out += piece.literal;
            continue;
        }
        switch (piece.value) {
        case Piece::Value::id:
            append_encoded(out, piece, to_string(event.id));
            break;
        case Piece::Value::time:
            append_encoded(out, piece, format_time(event.received));
            break;
        case Piece::Value::data:
            if (piece.is_in_string)
                append_json_text(out, event.body);
            else if (place_ == Place::json)
                append_json_line(out, event.body);
            else
                append_encoded(out, piece, event.body);
            break;
        case Piece::Value::attribute: {
            const auto value = event.attributes.get(piece.attribute);
            const auto name = info(piece.attribute).name;
            if (place_ == Place::url && (!value || value->empty() || *value == "." || *value == ".."))
                return Error{"the event has no ", name, " that could stand in the URL"};
            if (place_ == Place::json && !piece.is_in_string && (!value || info(piece.attribute).is_boolean))
                out += value.value_or("null");
            else
                append_encoded(out, piece, value.value_or(""));
            break;
        }
        }
    }
    return {};
}

void Template::append_encoded(std::string& out, const Piece& piece, std::string_view value) const {
    switch (place_) {
    case Place::url:
    case Place::form:
        return append_percent_encoded(out, value);
    case Place::header:
        return append_header_encoded(out, value);
    case Place::json:
        return piece.is_in_string ? append_json_text(out, value) : append_json_string(out, value);
    case Place::text:
        return append_escaped(out, value);
    case Place::slack:
        return append_slack_text(out, value);
    case Place::token:
        return append_token(out, value);
    }
}

} // namespace webhookd::sink
