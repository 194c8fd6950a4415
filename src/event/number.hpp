#pragma once

#include <string_view>

namespace webhookd::event {

/// Whether a JSON number has no fraction, whatever its notation and size: 7, 7.0, 70e-1, 1e400. Decided on the digits:
/// a floating-point type would take 9007199254740993.5 for whole.
bool is_whole(std::string_view number) noexcept;

/// The nearest double; infinite beyond its range.
double to_double(std::string_view number) noexcept;

} // namespace webhookd::event
