#include "journal/family_stream.hpp"

#include <algorithm>
#include <cerrno>

namespace webhookd::journal {

Io<> FamilyStream::enter(std::shared_ptr<Segment> segment, std::uint64_t offset) {
    found_.reset();
    scanner_.reset();
    segment_.reset();
    auto file = files_.open(segment->name(), FileSystem::Access::read);
    if (!file) return file.error();
    file_ = std::move(*file);
    segment_ = std::move(segment);
    passed_ = 0;
    scanner_.emplace(*file_, segment_->first(), offset, segment_->size(), content_);
    return {};
}

Io<> FamilyStream::seek(std::uint64_t after) {
    after_ = after;
    if (found_ && found_->header.sequence <= after) found_.reset();
    for (;;) {
        const auto segments = catalogue_.of(family_);
        if (segments.empty()) return {};
        const auto behind = std::partition_point(segments.begin(), segments.end(),
                                                 [&](const auto& segment) { return segment->first() <= after + 1; });
        const auto& wanted = behind == segments.begin() ? *behind : *std::prev(behind);
        if (segment_ && segment_->first() >= wanted->first() && passed_ <= after) return {};
        const auto entered = enter(wanted, wanted->place_before(after));
        if (entered || entered.error().code != ENOENT) return entered;
        // Retention may just have removed it; then it is in the catalogue no more.
        const auto now = catalogue_.of(family_);
        if (std::find(now.begin(), now.end(), wanted) != now.end()) return entered;
    }
}

std::shared_ptr<Segment> FamilyStream::following() const {
    const auto segments = catalogue_.of(family_);
    const auto next = std::partition_point(segments.begin(), segments.end(),
                                           [&](const auto& other) { return other->first() <= segment_->first(); });
    return next == segments.end() ? nullptr : *next;
}

/// What was read before an erasure is read again, so that nothing erased comes out of memory.
void FamilyStream::heed_erasures() {
    const auto erasures = catalogue_.erasures();
    if (erasures == erasures_) return;
    erasures_ = erasures;
    if (!segment_) return;
    const auto offset = found_ ? found_->offset : scanner_->offset();
    if (found_) passed_ = after_;
    found_.reset();
    scanner_.emplace(*file_, segment_->first(), offset, segment_->size(), content_);
}

/// The next thing in the segments, whatever it is.
Io<std::optional<Scanner::Found>> FamilyStream::read() {
    for (;;) {
        if (!segment_) return std::optional<Scanner::Found>{};
        auto found = scanner_->next();
        if (!found || *found) return found;
        // The end as it was known; asked in this order, because what has a follower has its last size.
        const auto next_segment = following();
        scanner_->extend(segment_->size());
        found = scanner_->next();
        if (!found || *found || !next_segment) return found;
        const auto entered = enter(next_segment, file_header_bytes);
        if (entered) continue;
        if (entered.error().code != ENOENT) return entered.error();
        if (auto sought = seek(after_); !sought) return sought.error(); // retention was quicker
    }
}

Io<const Scanner::Found*> FamilyStream::peek() {
    using Kind = Scanner::Found::Kind;
    heed_erasures();
    if (!segment_)
        if (auto sought = seek(after_); !sought) return sought.error();
    while (!found_) {
        auto found = read();
        if (!found) return found.error();
        if (!*found) return nullptr;
        const auto kind = (*found)->kind;
        if (kind == Kind::hole || kind == Kind::damaged) ++damaged_;
        if (kind == Kind::hole) continue;
        passed_ = (*found)->header.sequence;
        if (kind == Kind::event && passed_ > after_) found_ = **found;
    }
    return &*found_;
}

} // namespace webhookd::journal
