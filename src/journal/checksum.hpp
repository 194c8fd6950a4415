#pragma once

#include <cstdint>
#include <string_view>

namespace webhookd::journal {

/// XXH3, 64 bits.
std::uint64_t checksum(std::string_view bytes, std::uint64_t seed) noexcept;

} // namespace webhookd::journal
