#include "event/number.hpp"

#include <charconv>
#include <limits>

namespace webhookd::event {

bool is_whole(std::string_view number) noexcept {
    const auto special = number.find_first_of(".eE");
    if (special == std::string_view::npos) return true;

    auto mantissa = number;
    std::string_view exponent;
    if (const auto e = number.find_first_of("eE"); e != std::string_view::npos) {
        mantissa = number.substr(0, e);
        exponent = number.substr(e + 1);
    }
    const auto point = mantissa.find('.');
    const auto fraction = point == std::string_view::npos ? std::string_view() : mantissa.substr(point + 1);
    const auto last = mantissa.find_last_not_of("0.-");
    if (last == std::string_view::npos) return true; // zero

    // How far the last digit that is not zero stands behind the point (negative: before it).
    const auto places =
        point != std::string_view::npos && last > point
            ? static_cast<long long>(last - point)
            : -static_cast<long long>((point == std::string_view::npos ? mantissa.size() : point) - 1 - last);
    if (exponent.empty()) return fraction.empty() || places <= 0;
    if (exponent.front() == '+') exponent.remove_prefix(1);
    long long shift = 0;
    const auto [end, failed] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), shift);
    if (failed != std::errc()) return exponent.front() != '-'; // more digits than any body has places
    return shift >= places;
}

double to_double(std::string_view number) noexcept {
    double value = 0;
    const auto [end, failed] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (failed == std::errc::result_out_of_range) {
        const auto e = number.find_first_of("eE");
        const bool tiny = e != std::string_view::npos && number[e + 1] == '-';
        value = tiny ? 0 : std::numeric_limits<double>::infinity();
        return number.front() == '-' ? -value : value;
    }
    return value;
}

} // namespace webhookd::event
