#include "journal/retention.hpp"

namespace webhookd::journal {

std::uint64_t segment_bytes(ByteSize wanted, ByteSize max_size) noexcept {
    constexpr std::uint64_t least = 1u << 20;
    return std::min(wanted.bytes, std::max(max_size.bytes / 8, least));
}

Duration segment_age(Duration keep) noexcept {
    return std::max<Duration>(std::min(keep, longest_keep) / 16, std::chrono::minutes{1});
}

std::vector<std::shared_ptr<Segment>> expired_segments(const Catalogue::Segments& segments,
                                                       const Settings::Retention& retention, std::uint64_t floor,
                                                       Time now) {
    const auto keep = std::min(retention.keep, longest_keep);
    std::uint64_t bytes = 0;
    for (const auto& segment : segments) bytes += segment->size();

    std::vector<std::shared_ptr<Segment>> expired;
    for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
        const auto& segment = segments[i];
        const auto& next = segments[i + 1];
        const bool is_old = next->newest_before != Time{} && next->newest_before + keep < now;
        const bool is_too_much = bytes > retention.max_size.bytes;
        if ((!is_old && !is_too_much) || next->first() > floor) break;
        bytes -= segment->size();
        expired.push_back(segment);
    }
    return expired;
}

} // namespace webhookd::journal
