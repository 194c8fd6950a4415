#pragma once

#include "journal/log.hpp"
#include "journal/segment.hpp"
#include "webhookd/journal/journal.hpp"

#include <atomic>

namespace webhookd::journal {

/// Which closed segments may go: a pure decision over what is known of them, oldest first.
/// `segments` is one family's, the last one is written to; nothing with an event at or above `floor` is named.
std::vector<std::shared_ptr<Segment>> expired_segments(const Catalogue::Segments& segments,
                                                       const Settings::Retention& retention, std::uint64_t floor,
                                                       Time now);

/// How large it may grow, so that a small bound on the whole is kept too.
std::uint64_t segment_bytes(ByteSize wanted, ByteSize max_size) noexcept;

/// How old a segment may grow before it is closed, so that events go soon after their time is over.
Duration segment_age(Duration keep) noexcept;

} // namespace webhookd::journal
