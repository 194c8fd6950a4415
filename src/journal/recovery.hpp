#pragma once

#include "journal/file_system.hpp"
#include "journal/log.hpp"
#include "journal/segment.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace webhookd::journal {

/// What was found when the segments of a store were opened for writing.
struct Recovery {
    LogPosition position;
    std::uint64_t cut_bytes = 0;  // of a commit that was never acknowledged
    std::uint64_t last_found = 0; // the last sequence in the files
    std::uint64_t damaged = 0;    // events, or holes between them, in the segments that were scanned
    std::vector<std::string>
        unreadable_headers; // files whose first bytes are damaged; their events are read all the same
};

/// Lists the segments into `catalogue`, scans the newest of each family, and cuts off what a commit that was not
/// acknowledged left behind. `acknowledged`: what is known to have been committed; nothing up to it is cut, and it is
/// not used again. Throws std::runtime_error.
Recovery recover(FileSystem& files, Catalogue& catalogue, std::uint64_t acknowledged);

/// The reading half of it, which changes nothing: all segments of a store whose names are known, with what their
/// headers tell. Those that vanish meanwhile are left out.
void list_segments(FileSystem& files, Catalogue& catalogue, std::vector<std::string>& unreadable_headers);

} // namespace webhookd::journal
