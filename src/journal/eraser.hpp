#pragma once

#include "journal/file_system.hpp"
#include "journal/segment.hpp"
#include "webhookd/base/result.hpp"
#include "webhookd/journal/erasure.hpp"

#include <cstdint>
#include <vector>

namespace webhookd::journal {

/// An event whose bytes are no longer in its segment.
struct ErasedEvent {
    std::uint64_t sequence = 0;
    EventId id;
};

/// Overwrites the events that are meant, up to `committed`, in all segments. First their marks, synced; then their
/// bytes, synced: whatever happens in between, an event is either whole or said to be erased. An event that was erased
/// before, but whose bytes a crash left, is overwritten too when its id is named.
Result<std::vector<ErasedEvent>> erase_in_segments(FileSystem& files, Catalogue& catalogue, const Erasure& erasure,
                                                   std::uint64_t committed);

} // namespace webhookd::journal
