#include "delivery/look_ahead.hpp"

#include <algorithm>

namespace webhookd::delivery {
namespace {

constexpr std::size_t piece_events = 1024;
constexpr std::size_t piece_bytes = 1u << 20;

std::size_t size_of(const journal::Entry& entry) noexcept {
    return entry.body.size() + entry.attributes.bytes().size();
}

} // namespace

void LookAhead::passed(const journal::Entry& entry, bool matches) noexcept {
    if (entry.sequence > looked_at_) {
        looked_at_ = entry.sequence;
    } else if (matches && events_ != 0) {
        --events_;
        bytes_ -= std::min<std::uint64_t>(bytes_, size_of(entry));
    }
}

Result<bool> LookAhead::look_on(journal::Journal& journal, const Matcher& matcher) {
    if (journal.committed() <= looked_at_) return false;
    if (!reader_) reader_ = journal.reader();
    const auto entries = reader_->next(looked_at_, piece_events, piece_bytes);
    if (!entries) return entries.error();
    for (const auto& entry : *entries) {
        looked_at_ = entry.sequence;
        if (!matcher.takes(entry.attributes)) continue;
        ++events_;
        bytes_ += size_of(entry);
    }
    return !entries->empty();
}

} // namespace webhookd::delivery
