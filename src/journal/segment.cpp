#include "journal/segment.hpp"

#include <algorithm>

namespace webhookd::journal {

Summary Segment::summary() const {
    const std::lock_guard lock(mutex_);
    return summary_;
}

std::uint64_t Segment::place_before(std::uint64_t after) const {
    const std::lock_guard lock(mutex_);
    const auto& chunks = summary_.chunks;
    const auto behind = std::partition_point(chunks.begin(), chunks.end(),
                                             [&](const Chunk& chunk) { return chunk.first_sequence <= after + 1; });
    return behind == chunks.begin() ? file_header_bytes : std::prev(behind)->offset;
}

Catalogue::Segments Catalogue::of(Family family) const {
    const std::lock_guard lock(mutex_);
    return segments_[index_of(family)];
}

void Catalogue::add(std::shared_ptr<Segment> segment) {
    const std::lock_guard lock(mutex_);
    auto& list = segments_[index_of(segment->family())];
    const auto place = std::partition_point(list.begin(), list.end(),
                                            [&](const auto& other) { return other->first() < segment->first(); });
    list.insert(place, std::move(segment));
}

void Catalogue::remove(const Segment& segment) {
    const std::lock_guard lock(mutex_);
    std::erase_if(segments_[index_of(segment.family())], [&](const auto& other) { return other.get() == &segment; });
}

std::uint64_t Catalogue::bytes(Family family) const {
    std::uint64_t sum = 0;
    for (const auto& segment : of(family)) sum += segment->size();
    return sum;
}

} // namespace webhookd::journal
