#pragma once

#include "journal/format.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace webhookd::journal {

/// The events of one commit as they stand in the files: what was written is also what readers that keep up are handed.
class Batch {
public:
    /// Where one event's frame is.
    struct Slot {
        Family family = Family::changes;
        std::uint32_t bytes = 0;
        std::uint64_t offset = 0; // in frames(family)
    };

    Batch(std::uint64_t first, std::size_t events) : first_(first) { slots_.reserve(events); }

    std::uint64_t first() const noexcept { return first_; }
    std::uint64_t last() const noexcept { return first_ + slots_.size() - 1; }
    std::string_view frames(Family family) const noexcept {
        const auto& part = parts_[index_of(family)];
        return {part.bytes.get(), part.size};
    }
    const std::vector<Slot>& slots() const noexcept { return slots_; }
    const char* frame(std::size_t index) const noexcept {
        return parts_[index_of(slots_[index].family)].bytes.get() + slots_[index].offset;
    }
    /// The event with this sequence, which must be in the batch; the views live as long as the batch.
    Entry entry(std::uint64_t sequence) const noexcept;
    std::size_t memory() const noexcept;

    // For the writer, before it is shared: reserve for each event, allocate once, then encode in the same order.
    void reserve(Family family, std::size_t frame);
    void allocate();
    char* frame_to_write(std::size_t index) noexcept {
        return parts_[index_of(slots_[index].family)].bytes.get() + slots_[index].offset;
    }

private:
    struct Part {
        std::unique_ptr<char[]> bytes;
        std::size_t size = 0;
    };
    std::uint64_t first_;
    std::vector<Slot> slots_; // slots_[i] has sequence first_ + i
    std::array<Part, families> parts_;
};

/// The last committed batches, for readers that keep up. Safe from every thread.
class RecentBatches {
public:
    explicit RecentBatches(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    void push(std::shared_ptr<const Batch> batch);
    /// The batches from the one that holds the sequence behind `after` on, up to `most`; none where it is not here (any
    /// more).
    void take_behind(std::uint64_t after, std::size_t most, std::vector<std::shared_ptr<const Batch>>& batches) const;
    /// Readers go to the files for what is forgotten here.
    void forget_all();

private:
    const std::size_t most_bytes_;
    mutable std::mutex mutex_;
    std::deque<std::shared_ptr<const Batch>> batches_; // adjoining in sequence
    std::size_t bytes_ = 0;
};

} // namespace webhookd::journal
