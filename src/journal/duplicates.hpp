#pragma once

#include "webhookd/base/id.hpp"
#include "webhookd/base/units.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace webhookd::journal {

/// Which content-derived ids came in lately on which endpoint. Bounded by count: beyond it the oldest are forgotten,
/// and a repeat of them is stored again. For one thread.
class DuplicateWindow {
public:
    static constexpr std::size_t most = 1u << 18; // 12 MiB when full

    struct First {
        std::uint64_t sequence = 0;
        Time received;
    };

    /// Ids that came more than `keep` before the newest are forgotten.
    explicit DuplicateWindow(Duration keep, std::size_t most_entries = most) : keep_(keep), most_(most_entries) {}

    std::optional<First> find(std::string_view endpoint, const EventId& id) const noexcept;
    /// A second one with the same key takes the first one's place.
    void add(std::string_view endpoint, const EventId& id, First first);
    /// Takes back the newest `count` additions: their commit did not come about.
    void remove_newest(std::size_t count);
    void remove_if(const std::function<bool(const EventId&)>& is_meant);
    /// An endpoint may ask for a longer window after the configuration was read again.
    void keep_at_least(Duration keep) noexcept { keep_ = std::max(keep_, keep); }
    std::size_t size() const noexcept { return count_; }

private:
    struct Entry {
        EventId id;
        std::uint64_t endpoint = 0; // hash of its name
        First first;
    };
    static constexpr std::uint32_t none = 0xffffffff;

    std::size_t home(const Entry& key) const noexcept;
    std::size_t slot_of(const Entry& key) const noexcept; // where it is in table_, or where it would go
    void link(std::uint32_t position);
    void unlink(std::uint32_t position) noexcept; // where the table points to this entry
    void drop_oldest() noexcept;
    void rebuild(std::size_t capacity);
    std::uint32_t position(std::size_t nth) const noexcept {
        return static_cast<std::uint32_t>((oldest_ + nth) % entries_.size());
    }

    Duration keep_;
    std::size_t most_;
    std::vector<Entry> entries_; // a ring, oldest first
    std::size_t oldest_ = 0;
    std::size_t count_ = 0;
    std::vector<std::uint32_t> table_; // positions in entries_, open addressing
};

} // namespace webhookd::journal
