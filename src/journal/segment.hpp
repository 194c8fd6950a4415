#pragma once

#include "journal/file_system.hpp"
#include "journal/format.hpp"
#include "journal/summary.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace webhookd::journal {

/// One file of one family. Shared by the writer, which lets it grow, and readers.
class Segment {
public:
    Segment(Family family, std::uint64_t first) : family_(family), first_(first), name_(segment_name(family, first)) {}

    Family family() const noexcept { return family_; }
    std::uint64_t first() const noexcept { return first_; }
    const std::string& name() const noexcept { return name_; }

    /// Committed bytes: readers go no further.
    std::uint64_t size() const noexcept { return size_.load(std::memory_order_acquire); }
    /// The last sequence in it; first() - 1 while there is none. Not known for files closed before this start: 0.
    std::uint64_t last() const noexcept { return last_.load(std::memory_order_acquire); }
    void grew(std::uint64_t size, std::uint64_t last) noexcept {
        size_.store(size, std::memory_order_release);
        last_.store(last, std::memory_order_release);
    }

    std::uint64_t events_before = 0; // of the family, in all files before this one; set before it is shared
    Time created;                    // set before it is shared
    Time newest_before;              // the latest receipt in the family's segment before; set before it is shared

    /// For the one who lets it grow, or who scanned it.
    template <class Change>
    void change_summary(Change&& change) {
        const std::lock_guard lock(mutex_);
        change(summary_);
    }
    Summary summary() const;
    /// The place of a frame at or before the one with the first sequence behind `after`.
    std::uint64_t place_before(std::uint64_t after) const;

private:
    const Family family_;
    const std::uint64_t first_;
    const std::string name_;
    std::atomic<std::uint64_t> size_{file_header_bytes};
    std::atomic<std::uint64_t> last_{0};
    mutable std::mutex mutex_;
    Summary summary_;
};

/// All segments of a store, oldest first. Safe from every thread.
class Catalogue {
public:
    using Segments = std::vector<std::shared_ptr<Segment>>;

    Segments of(Family family) const;
    void add(std::shared_ptr<Segment> segment);
    void remove(const Segment& segment);
    std::uint64_t bytes(Family family) const;

    /// Events were erased: whoever keeps a piece of a file in memory reads it again.
    void note_erasure() noexcept { erasures_.fetch_add(1, std::memory_order_release); }
    std::uint64_t erasures() const noexcept { return erasures_.load(std::memory_order_acquire); }

private:
    mutable std::mutex mutex_;
    std::array<Segments, families> segments_;
    std::atomic<std::uint64_t> erasures_{0};
};

} // namespace webhookd::journal
