#include "journal/segment.hpp"

#include <algorithm>

namespace webhookd::journal {

void Chunk::add(std::uint64_t frame_offset, const FrameHeader& header, AttributeView view) noexcept {
    if (events == 0) {
        offset = frame_offset;
        first_sequence = header.sequence;
    }
    bytes = frame_offset + header.frame_bytes() - offset;
    last_sequence = header.sequence;
    ++events;
    oldest = std::min(oldest, header.received);
    newest = std::max(newest, header.received);
    for (const auto& item : view) attributes |= 1u << static_cast<unsigned>(item.attribute);
}

void Chunks::add(std::uint64_t frame_offset, const FrameHeader& header, AttributeView view) {
    if (list.empty() || list.back().bytes >= Chunk::full) list.emplace_back();
    list.back().add(frame_offset, header, view);
}

std::vector<Chunk> Segment::chunks() const {
    const std::lock_guard lock(mutex_);
    return chunks_.list;
}

std::uint64_t Segment::place_before(std::uint64_t after) const {
    const std::lock_guard lock(mutex_);
    const auto& list = chunks_.list;
    const auto behind = std::partition_point(list.begin(), list.end(),
                                             [&](const Chunk& chunk) { return chunk.first_sequence <= after + 1; });
    return behind == list.begin() ? file_header_bytes : std::prev(behind)->offset;
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
