#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// A second opinion on bodies, written for being evidently right: nlohmann's parser, std::regex and a loop. It shares
/// no code with the decoder.
namespace webhookd::reference {

using nlohmann::json;

/// How a body reads; nothing where the reference cannot tell.
struct Reading {
    bool acceptable = false;
    bool comparable = true; // the numbers in it are the same as doubles
};

class Reader final : public nlohmann::json_sax<json> {
public:
    explicit Reader(std::size_t max_depth, std::size_t max_values) : max_depth_(max_depth), max_values_(max_values) {}

    bool acceptable = true, comparable = true, overflow = false;

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(std::int64_t) override { return value(); }
    bool number_unsigned(std::uint64_t) override { return value(); }
    bool number_float(double number, const std::string& raw) override {
        constexpr double exact = 4503599627370496; // 2^52: beyond it a double has no fraction
        const bool tiny = number == 0 && raw.find_first_of("123456789") < raw.find_first_of("eE");
        if (number >= exact || number <= -exact || tiny || raw.size() > 15) comparable = false;
        return value();
    }
    bool string(std::string&) override { return value(); }
    bool binary(json::binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_array() override { return close(); }
    bool key(std::string& name) override {
        if (!names_.back().insert(name).second) acceptable = false;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception& error) override {
        overflow = error.id == 406; // a number beyond a double
        acceptable = false;
        return false;
    }

private:
    bool value() {
        if (++values_ > max_values_) acceptable = false;
        return true;
    }
    bool open() {
        names_.emplace_back();
        if (names_.size() > max_depth_) acceptable = false;
        return value();
    }
    bool close() {
        names_.pop_back();
        return true;
    }

    std::size_t max_depth_, max_values_, values_ = 0;
    std::vector<std::set<std::string>> names_;
};

inline std::optional<Reading> read(std::string_view body, std::size_t max_depth, std::size_t max_values) {
    // nlohmann skips a byte order mark and takes a zero byte for the end.
    if (body.starts_with("\xef\xbb\xbf") || body.find('\0') != std::string_view::npos) return Reading{};
    Reader reader(max_depth, max_values);
    json::sax_parse(body.begin(), body.end(), &reader);
    if (reader.overflow) return {};
    return Reading{reader.acceptable, reader.comparable};
}

// --- the published document
// -------------------------------------------------------------------------------------------

inline bool is_integer(const json& value) {
    return value.is_number_integer() ||
           (value.is_number_float() && value.get<double>() == std::floor(value.get<double>()));
}

inline bool is_date_time(const std::string& text) {
    static const std::regex form(
        R"((\d{4})-(\d\d)-(\d\d)([Tt\s]|\xc2\xa0|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80|\xef\xbb\xbf)(\d\d):(\d\d):(\d\d(?:\.\d+)?)(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?))");
    std::smatch part;
    if (!std::regex_match(text, part, form)) return false;
    const auto number = [&](std::size_t i) { return part[i].length() > 0 ? std::stoi(part[i].str()) : 0; };
    const int year = number(1), month = number(2), day = number(3), hour = number(5), minute = number(6);
    const double second = std::stod(part[7].str());
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    const int sign = part[8].str() == "-" ? -1 : 1, zone_hour = number(9), zone_minute = number(10);
    if (!date.ok() || zone_hour > 23 || zone_minute > 59) return false;
    if (hour <= 23 && minute <= 59 && second < 60) return true;
    const int utc_minute = minute - zone_minute * sign;
    const int utc_hour = hour - zone_hour * sign - (utc_minute < 0 ? 1 : 0);
    return (utc_hour == 23 || utc_hour == -1) && (utc_minute == 59 || utc_minute == -1) && second < 61;
}

inline bool is_email(const std::string& text) {
    static const std::regex form("[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
                                 "@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?",
                                 std::regex::icase);
    return std::regex_match(text, form);
}

/// Whether a value keeps the rules of tests/data/published_document.json under this name.
class PublishedDocument {
public:
    explicit PublishedDocument(json definitions) : definitions_(std::move(definitions)) {}

    bool accepts(const std::string& name, const json& value) const { return keeps(definitions_.at(name), value); }

private:
    bool keeps(const json& schema, const json& value) const {
        if (schema.contains("$ref")) return accepts(schema["$ref"].get<std::string>().substr(14), value);
        if (schema.value("nullable", false) && value.is_null()) return true;
        if (schema.contains("oneOf"))
            return std::count_if(schema["oneOf"].begin(), schema["oneOf"].end(),
                                 [&](const json& branch) { return keeps(branch, value); }) == 1;
        if (!has_type(schema.at("type"), value)) return false;
        if (schema.contains("const") && schema["const"] != value) return false;
        if (schema.contains("enum") &&
            std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
            return false;
        if (schema.value("format", "") == "date-time" && !is_date_time(value.get<std::string>())) return false;
        if (schema.value("format", "") == "email" && !is_email(value.get<std::string>())) return false;
        if (schema.contains("properties"))
            for (const auto& [name, member] : schema["properties"].items())
                if (value.contains(name) && !keeps(member, value[name])) return false;
        if (schema.contains("items"))
            for (const auto& element : value)
                if (!keeps(schema["items"], element)) return false;
        return true;
    }

    static bool has_type(const std::string& type, const json& value) {
        return type == "integer"   ? is_integer(value)
               : type == "boolean" ? value.is_boolean()
               : type == "string"  ? value.is_string()
               : type == "array"   ? value.is_array()
               : type == "object"  ? value.is_object()
                                   : value.is_null();
    }

    json definitions_;
};

/// The longest text in a value: std::regex cannot take long ones.
inline std::size_t longest_text(const json& value) {
    if (value.is_string()) return value.get_ref<const std::string&>().size();
    std::size_t longest = 0;
    if (value.is_structured())
        for (const auto& child : value) longest = std::max(longest, longest_text(child));
    return longest;
}

} // namespace webhookd::reference
