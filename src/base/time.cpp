#include "webhookd/base/time.hpp"

#include "webhookd/base/units.hpp"

#include <optional>

namespace webhookd {
namespace {

using namespace std::chrono;

void put2(char* at, unsigned value) {
    at[0] = static_cast<char>('0' + value / 10);
    at[1] = static_cast<char>('0' + value % 10);
}

/// Writes "YYYY-MM-DDTHH:MM:SS" (19 characters).
void put_seconds(char* at, Time time) {
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<seconds>(time - day)};
    const int year = static_cast<int>(date.year());
    put2(at, static_cast<unsigned>(year / 100));
    put2(at + 2, static_cast<unsigned>(year % 100));
    at[4] = '-';
    put2(at + 5, static_cast<unsigned>(date.month()));
    at[7] = '-';
    put2(at + 8, static_cast<unsigned>(date.day()));
    at[10] = 'T';
    put2(at + 11, static_cast<unsigned>(clock.hours().count()));
    at[13] = ':';
    put2(at + 14, static_cast<unsigned>(clock.minutes().count()));
    at[16] = ':';
    put2(at + 17, static_cast<unsigned>(clock.seconds().count()));
}

/// Reads exactly `digits` decimal digits.
std::optional<int> number(std::string_view text, std::size_t at, std::size_t digits) {
    if (at + digits > text.size()) return {};
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return {};
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

std::optional<sys_days> parse_date(std::string_view text) {
    const auto y = number(text, 0, 4), m = number(text, 5, 2), d = number(text, 8, 2);
    if (!y || !m || !d || text[4] != '-' || text[7] != '-') return {};
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
    if (!date.ok()) return {};
    return sys_days{date};
}

Error not_a_time(std::string_view text) {
    return {"\"" + std::string(text.substr(0, 64)) + "\" is not a time (such as 2026-11-23T14:02:11Z)"};
}

} // namespace

Time now() noexcept {
    return time_point_cast<microseconds>(system_clock::now());
}

void append_time(std::string& out, Time time) {
    char text[27];
    put_seconds(text, time);
    auto fraction = static_cast<unsigned>((time - floor<seconds>(time)).count());
    text[19] = '.';
    for (int i = 25; i >= 20; --i, fraction /= 10) text[i] = static_cast<char>('0' + fraction % 10);
    text[26] = 'Z';
    out.append(text, sizeof text);
}

std::string format_time(Time time) {
    std::string out;
    append_time(out, time);
    return out;
}

std::string format_time_seconds(Time time) {
    char text[20];
    put_seconds(text, time);
    text[19] = 'Z';
    return {text, sizeof text};
}

Result<Time> parse_time(std::string_view text) {
    if (text.size() < 20) return not_a_time(text);
    const auto day = parse_date(text);
    const auto h = number(text, 11, 2), m = number(text, 14, 2), s = number(text, 17, 2);
    if (!day || !h || !m || !s || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') || text[13] != ':' ||
        text[16] != ':')
        return not_a_time(text);
    if (*h > 23 || *m > 59 || *s > 60) return not_a_time(text);
    std::size_t at = 19;
    int micros = 0;
    if (text[at] == '.') {
        int scale = 100'000;
        const auto first = ++at;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
            micros += (text[at] - '0') * scale;
        if (at == first) return not_a_time(text);
    }
    minutes offset{0};
    const auto zone = text.substr(at);
    if (zone != "Z" && zone != "z") {
        const auto oh = number(zone, 1, 2), om = number(zone, 4, 2);
        if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':' || !oh || !om || *oh > 23 ||
            *om > 59)
            return not_a_time(text);
        offset = minutes{*oh * 60 + *om} * (zone[0] == '-' ? -1 : 1);
    }
    return Time{*day + hours{*h} + minutes{*m} + seconds{*s} + microseconds{micros} - offset};
}

Result<Time> parse_moment(std::string_view text, Time now) {
    if (text.size() == 10)
        if (const auto day = parse_date(text)) return Time{*day};
    if (const auto time = parse_time(text)) return *time;
    if (const auto ago = parse_duration(text)) return now - *ago;
    return Error{
        "\"" + std::string(text.substr(0, 64)) +
        "\" is not a moment: write a time (2026-11-23T14:02:11Z), a date (2026-11-23) or how long ago (2h, 7d)"};
}

} // namespace webhookd
