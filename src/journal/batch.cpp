#include "journal/batch.hpp"

#include <algorithm>

namespace webhookd::journal {

void Batch::reserve(Family family, std::size_t frame) {
    auto& part = parts_[index_of(family)];
    slots_.push_back({family, static_cast<std::uint32_t>(frame), part.size});
    part.size += frame;
}

void Batch::allocate() {
    for (auto& part : parts_)
        if (part.size > 0) part.bytes = std::make_unique_for_overwrite<char[]>(part.size);
}

Entry Batch::entry(std::uint64_t sequence) const noexcept {
    const auto index = static_cast<std::size_t>(sequence - first_);
    const char* const at = frame(index);
    const auto header = header_of_own_frame(at);
    Entry entry;
    entry.sequence = sequence;
    entry.id = header.id;
    entry.received = header.received;
    entry.family = slots_[index].family;
    entry.attributes = AttributeView({at + frame_header_bytes, header.attributes_bytes});
    entry.body = {at + frame_header_bytes + header.attributes_bytes, header.body_bytes};
    return entry;
}

std::size_t Batch::memory() const noexcept {
    return sizeof *this + slots_.capacity() * sizeof(Slot) + parts_[0].size + parts_[1].size;
}

void RecentBatches::push(std::shared_ptr<const Batch> batch) {
    std::vector<std::shared_ptr<const Batch>> old; // freed without the lock
    const std::lock_guard lock(mutex_);
    bytes_ += batch->memory();
    batches_.push_back(std::move(batch));
    while (bytes_ > most_bytes_) {
        bytes_ -= batches_.front()->memory();
        old.push_back(std::move(batches_.front()));
        batches_.pop_front();
    }
}

void RecentBatches::take_behind(std::uint64_t after, std::size_t most,
                                std::vector<std::shared_ptr<const Batch>>& batches) const {
    const std::lock_guard lock(mutex_);
    if (batches_.empty() || batches_.front()->first() > after + 1) return;
    auto at = std::partition_point(batches_.begin(), batches_.end(),
                                   [&](const auto& batch) { return batch->last() <= after; });
    for (; at != batches_.end() && batches.size() < most; ++at) batches.push_back(*at);
}

void RecentBatches::forget_all() {
    const std::lock_guard lock(mutex_);
    batches_.clear();
    bytes_ = 0;
}

} // namespace webhookd::journal
