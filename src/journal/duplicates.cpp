#include "journal/duplicates.hpp"

#include "journal/checksum.hpp"

#include <algorithm>

namespace webhookd::journal {
namespace {

constexpr std::size_t least_capacity = 1024;

} // namespace

std::size_t DuplicateWindow::home(const Entry& key) const noexcept {
    // The id is a cut hash already; two endpoints that take the same messages must not share a chain.
    return (std::hash<EventId>{}(key.id) ^ key.endpoint) & (table_.size() - 1);
}

std::size_t DuplicateWindow::slot_of(const Entry& key) const noexcept {
    auto slot = home(key);
    for (; table_[slot] != none; slot = (slot + 1) & (table_.size() - 1)) {
        const auto& other = entries_[table_[slot]];
        if (other.id == key.id && other.endpoint == key.endpoint) break;
    }
    return slot;
}

std::optional<DuplicateWindow::First> DuplicateWindow::find(std::string_view endpoint,
                                                            const EventId& id) const noexcept {
    if (count_ == 0) return {};
    const auto slot = slot_of({id, checksum(endpoint, 0), {}});
    if (table_[slot] == none) return {};
    return entries_[table_[slot]].first;
}

void DuplicateWindow::add(std::string_view endpoint, const EventId& id, First first) {
    while (count_ > 0 && (count_ >= most_ || first.received - entries_[oldest_].first.received > keep_)) drop_oldest();
    if (count_ == entries_.size()) rebuild(std::max(least_capacity, 2 * entries_.size()));
    const auto at = position(count_++);
    entries_[at] = {id, checksum(endpoint, 0), first};
    link(at);
}

void DuplicateWindow::link(std::uint32_t at) {
    table_[slot_of(entries_[at])] = at;
}

void DuplicateWindow::unlink(std::uint32_t at) noexcept {
    auto hole = slot_of(entries_[at]);
    if (table_[hole] != at) return; // a newer one with the same key has its place
    const auto mask = table_.size() - 1;
    table_[hole] = none;
    for (auto slot = (hole + 1) & mask; table_[slot] != none; slot = (slot + 1) & mask) {
        const auto wanted = home(entries_[table_[slot]]);
        if (((slot - wanted) & mask) < ((slot - hole) & mask)) continue; // would come before its home
        table_[hole] = table_[slot];
        table_[slot] = none;
        hole = slot;
    }
}

void DuplicateWindow::drop_oldest() noexcept {
    unlink(position(0));
    oldest_ = position(1);
    --count_;
}

void DuplicateWindow::remove_newest(std::size_t count) {
    for (; count > 0 && count_ > 0; --count) unlink(position(--count_));
}

void DuplicateWindow::remove_if(const std::function<bool(const EventId&)>& is_meant) {
    std::vector<Entry> kept;
    for (std::size_t i = 0; i < count_; ++i)
        if (const auto& entry = entries_[position(i)]; !is_meant(entry.id)) kept.push_back(entry);
    count_ = kept.size();
    oldest_ = 0;
    std::copy(kept.begin(), kept.end(), entries_.begin());
    rebuild(entries_.size());
}

void DuplicateWindow::rebuild(std::size_t capacity) {
    std::vector<Entry> entries(capacity);
    for (std::size_t i = 0; i < count_; ++i) entries[i] = entries_[position(i)];
    entries_ = std::move(entries);
    oldest_ = 0;
    table_.assign(2 * capacity, none);
    for (std::size_t i = 0; i < count_; ++i) link(position(i));
}

} // namespace webhookd::journal
