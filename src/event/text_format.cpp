#include "event/text_format.hpp"

#include "event/number.hpp"

#include <algorithm>

namespace webhookd::event {
namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Takes two digits off the front of `text`; -1 if they are not there.
int take_two(std::string_view& text) noexcept {
    if (text.size() < 2 || !is_digit(text[0]) || !is_digit(text[1])) return -1;
    const int value = (text[0] - '0') * 10 + (text[1] - '0');
    text.remove_prefix(2);
    return value;
}

bool take(std::string_view& text, char c) noexcept {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

bool is_date(std::string_view text) noexcept {
    const int century = take_two(text), years = take_two(text);
    if (century < 0 || years < 0 || !take(text, '-')) return false;
    const int month = take_two(text);
    if (!take(text, '-')) return false;
    const int day = take_two(text);
    if (!text.empty() || month < 1 || month > 12) return false;
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int year = century * 100 + years;
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day >= 1 && day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/// The seconds with their fraction as a double, as the model has it: 59.99999999999999999 is 60. Negative: not there.
double take_seconds(std::string_view& text) noexcept {
    const auto whole = text;
    const int seconds = take_two(text);
    if (seconds < 0) return -1;
    if (text.size() < 2 || text[0] != '.' || !is_digit(text[1])) return seconds;
    text.remove_prefix(1);
    while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
    return to_double(whole.substr(0, whole.size() - text.size()));
}

bool is_time_with_zone(std::string_view text) noexcept {
    const int hour = take_two(text);
    if (hour < 0 || !take(text, ':')) return false;
    const int minute = take_two(text);
    if (minute < 0 || !take(text, ':')) return false;
    const double second = take_seconds(text);
    if (second < 0 || text.empty()) return false;

    int zone_hour = 0, zone_minute = 0, sign = 1;
    if (!take(text, 'Z') && !take(text, 'z')) {
        sign = text.front() == '-' ? -1 : 1;
        if (!take(text, '+') && !take(text, '-')) return false;
        zone_hour = take_two(text);
        if (zone_hour < 0 || zone_hour > 23) return false;
        if (!text.empty()) {
            take(text, ':');
            zone_minute = take_two(text);
            if (zone_minute < 0 || zone_minute > 59) return false;
        }
    }
    if (!text.empty()) return false;

    if (hour <= 23 && minute <= 59 && second < 60) return true;
    const int utc_minute = minute - zone_minute * sign; // a leap second ends a day of UTC
    const int utc_hour = hour - zone_hour * sign - (utc_minute < 0 ? 1 : 0);
    return (utc_hour == 23 || utc_hour == -1) && (utc_minute == 59 || utc_minute == -1) && second < 61;
}

/// The length of the separator of date and time at the front of `text`: the letter, or white space as JavaScript has
/// it (in UTF-8); 0 if there is none.
std::size_t separator(std::string_view text) noexcept {
    const char c = text.front();
    if (c == 'T' || c == 't' || c == ' ' || (c >= '\t' && c <= '\r')) return 1;
    if (text.starts_with("\u00a0")) return 2;
    for (const std::string_view space :
         {"\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",
          "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff"})
        if (text.starts_with(space)) return 3;
    return 0;
}

/// One or more of these, as in RFC 5322 without quoting.
bool is_atom(std::string_view text) noexcept {
    constexpr std::string_view special = "!#$%&'*+/=?^_`{|}~-";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return is_letter(c) || is_digit(c) || special.find(c) != std::string_view::npos;
    });
}

bool is_label(std::string_view text) noexcept {
    return !text.empty() && text.front() != '-' && text.back() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

/// Whether the parts of `text` between dots all are `part`; counts them.
template <class Part>
bool all_parts(std::string_view text, Part part, int& count) noexcept {
    for (;;) {
        const auto dot = text.find('.');
        if (!part(text.substr(0, dot))) return false;
        ++count;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

} // namespace

bool is_date_time(std::string_view text) noexcept {
    constexpr std::size_t date = 10;
    if (text.size() <= date) return false;
    const auto length = separator(text.substr(date));
    return length != 0 && is_date(text.substr(0, date)) && is_time_with_zone(text.substr(date + length));
}

bool is_email(std::string_view text) noexcept {
    const auto at = text.find('@');
    if (at == std::string_view::npos) return false;
    int atoms = 0, labels = 0;
    return all_parts(text.substr(0, at), is_atom, atoms) && all_parts(text.substr(at + 1), is_label, labels) &&
           labels >= 2;
}

} // namespace webhookd::event
