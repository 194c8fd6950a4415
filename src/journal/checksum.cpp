#include "journal/checksum.hpp"

// The hash lives in this one file: as a macro-configured header it would slow down every other.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace webhookd::journal {

std::uint64_t checksum(std::string_view bytes, std::uint64_t seed) noexcept {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

} // namespace webhookd::journal
