#include "journal/summary.hpp"

#include <algorithm>

namespace webhookd::journal {

void FewValues::add(const AttributeView::Item& item) {
    const auto at = std::find(tracked.begin(), tracked.end(), item.attribute);
    if (at == tracked.end()) return;
    const auto bit = 1u << static_cast<unsigned>(item.attribute);
    if ((too_many_ & bit) != 0) return;
    auto& values = values_[static_cast<std::size_t>(at - tracked.begin())];
    if (std::find(values.begin(), values.end(), item.value) != values.end()) return;
    if (values.size() < most && item.value.size() <= most_bytes) {
        values.emplace_back(item.value);
    } else {
        too_many_ |= bit;
        values.clear();
    }
}

bool FewValues::may_fit(const AttributePatterns& wanted) const noexcept {
    const auto at = std::find(tracked.begin(), tracked.end(), wanted.attribute);
    if (at == tracked.end() || (too_many_ >> static_cast<unsigned>(wanted.attribute) & 1) != 0) return true;
    const auto& values = values_[static_cast<std::size_t>(at - tracked.begin())];
    return std::any_of(values.begin(), values.end(),
                       [&](const std::string& value) { return fits(wanted.attribute, wanted.patterns, value); });
}

std::string FewValues::block() const {
    AttributeWriter writer;
    for (std::size_t i = 0; i < tracked.size(); ++i)
        for (const auto& value : values_[i]) writer.add(tracked[i], value);
    return std::string(writer.bytes());
}

FewValues FewValues::from(std::string_view block, std::uint32_t too_many) {
    FewValues values;
    for (const auto& item : AttributeView(block)) values.add(item);
    values.too_many_ = too_many;
    return values;
}

void Summary::add(std::uint64_t frame_offset, const FrameHeader& header, AttributeView attributes) {
    if (chunks.empty() || chunks.back().bytes >= Chunk::full) {
        chunks.emplace_back();
        chunks.back().offset = frame_offset;
        chunks.back().first_sequence = header.sequence;
    }
    auto& chunk = chunks.back();
    chunk.bytes = frame_offset + header.frame_bytes() - chunk.offset;
    chunk.last_sequence = header.sequence;
    ++chunk.events;
    chunk.oldest = std::min(chunk.oldest, header.received);
    chunk.newest = std::max(chunk.newest, header.received);
    for (const auto& item : attributes) {
        chunk.attributes |= 1u << static_cast<unsigned>(item.attribute);
        values.add(item);
    }
}

} // namespace webhookd::journal
