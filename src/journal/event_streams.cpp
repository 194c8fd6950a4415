#include "journal/event_streams.hpp"

#include "journal/scanner.hpp"

#include <algorithm>

namespace webhookd::journal {

bool Search::takes(const EventId& id, Time received, AttributeView attributes) const {
    if (query.since && received < *query.since) return false;
    if (query.until && received >= *query.until) return false;
    if (!query.ids.empty() && std::find(query.ids.begin(), query.ids.end(), id) == query.ids.end()) return false;
    return fits(query.match, attributes);
}

bool Search::may_take(const Chunk& chunk) const {
    if (chunk.last_sequence < low || chunk.first_sequence > high) return false;
    if (query.since && chunk.newest < *query.since) return false;
    if (query.until && chunk.oldest >= *query.until) return false;
    return std::all_of(query.match.begin(), query.match.end(),
                       [&](const AttributePatterns& one) { return chunk.has(one.attribute); });
}

Result<StoredEvent*> EventStream::peek() {
    while (events_.empty()) {
        const auto filled = fill();
        if (!filled) return filled.error();
        if (!*filled) return nullptr;
    }
    return &events_.back();
}

// --- by the index ---

Result<std::unique_ptr<IndexedStream>> IndexedStream::make(Search& search, SegmentAccess& access, Index& index,
                                                           std::uint64_t indexed) {
    std::unique_ptr<IndexedStream> stream(new IndexedStream(search, access, index));
    auto plan = index.plan(search.query.match);
    if (!plan) return plan.error();
    stream->plan_ = *std::move(plan);
    const auto segments = access.catalogue().of(Family::changes);
    const auto oldest = segments.empty() ? 0 : segments.front()->first(); // the index forgets later what is before it
    stream->low_ = std::max(search.low, oldest);
    stream->high_ = std::min(search.high, indexed);
    stream->step_ = std::clamp<std::size_t>(search.query.limit, 16, 512);
    if (search.query.since || search.query.until)
        if (auto bounded = stream->bound_by_time(); !bounded) return bounded.error();
    return stream;
}

/// Receipt rises with the sequence but for small steps of the clock; the chunks know exactly.
Result<> IndexedStream::bound_by_time() {
    std::uint64_t low = high_ + 1;
    std::uint64_t high = 0;
    for (const auto& segment : access_.catalogue().of(Family::changes)) {
        const auto summary = access_.summary_of(*segment, &index_);
        if (!summary) return summary.error();
        for (const auto& chunk : summary->chunks) {
            if (search_.query.since && chunk.newest < *search_.query.since) continue;
            if (search_.query.until && chunk.oldest >= *search_.query.until) continue;
            low = std::min(low, chunk.first_sequence);
            high = std::max(high, chunk.last_sequence);
        }
    }
    low_ = std::max(low_, low);
    high_ = std::min(high_, high);
    return {};
}

Result<bool> IndexedStream::fill() {
    if (low_ > high_) return false;
    if (search_.left_to_read == 0 && has_begun_) {
        stopped_at_ = search_.query.newest_first ? high_ + 1 : low_ - 1;
        return false;
    }
    has_begun_ = true;
    const auto places = index_.find(plan_, low_, high_, search_.query.newest_first, step_);
    if (!places) return places.error();
    for (const auto& place : *places) {
        auto event = access_.read(Family::changes, place);
        if (!event) return event.error();
        if (!*event) continue;
        const auto bytes = (*event)->body.size() + Scanner::one;
        search_.left_to_read -= std::min<std::uint64_t>(search_.left_to_read, bytes);
        if (search_.takes((*event)->id, (*event)->received, AttributeView((*event)->attributes)))
            events_.push_back(**std::move(event));
    }
    std::reverse(events_.begin(), events_.end());
    if (places->size() < step_)
        low_ = high_ + 1;
    else if (search_.query.newest_first)
        high_ = places->back().sequence - 1;
    else
        low_ = places->back().sequence + 1;
    return true;
}

// --- by a list ---

ListedStream::ListedStream(const Search& search, std::vector<StoredEvent> events) {
    for (auto& event : events)
        if (event.sequence >= search.low && event.sequence <= search.high &&
            search.takes(event.id, event.received, AttributeView(event.attributes)))
            events_.push_back(std::move(event));
    std::sort(events_.begin(), events_.end(), [&](const StoredEvent& a, const StoredEvent& b) {
        return search.is_before(b.sequence, a.sequence); // the next one last
    });
}

// --- by reading ---

ChunkStream::ChunkStream(Search& search, SegmentAccess& access, Index* index, Family family,
                         std::uint64_t from_sequence)
    : search_(search), access_(access), index_(index), family_(family), low_(std::max(search.low, from_sequence)),
      segments_(access.catalogue().of(family)) {
    if (!search.query.newest_first) std::reverse(segments_.begin(), segments_.end());
}

Result<bool> ChunkStream::enter_next_segment() {
    while (chunks_.empty()) {
        if (segments_.empty()) return false;
        segment_ = std::move(segments_.back());
        segments_.pop_back();
        if (segment_->first() > search_.high || (segment_->last() != 0 && segment_->last() < low_)) continue;
        auto summary = access_.summary_of(*segment_, index_);
        if (!summary) return summary.error();
        const bool may_match = std::all_of(search_.query.match.begin(), search_.query.match.end(),
                                           [&](const AttributePatterns& one) { return summary->values.may_fit(one); });
        if (!may_match) continue;
        chunks_ = std::move(summary->chunks);
        std::erase_if(chunks_,
                      [&](const Chunk& chunk) { return chunk.last_sequence < low_ || !search_.may_take(chunk); });
        if (!search_.query.newest_first) std::reverse(chunks_.begin(), chunks_.end());
    }
    return true;
}

Result<bool> ChunkStream::fill() {
    const auto more = enter_next_segment();
    if (!more || !*more) return more;
    const auto chunk = chunks_.back();
    if (search_.left_to_read == 0 && has_begun_) {
        stopped_at_ = search_.query.newest_first ? chunk.last_sequence + 1 : chunk.first_sequence - 1;
        return false;
    }
    has_begun_ = true;
    chunks_.pop_back();
    search_.left_to_read -= std::min(search_.left_to_read, chunk.bytes);
    if (auto read = read_chunk(chunk); !read) return read.error();
    return true;
}

Result<> ChunkStream::read_chunk(const Chunk& chunk) {
    const auto file = access_.file_of(*segment_);
    if (!file) return file.error();
    if (!*file) return {}; // retention was quicker
    Scanner scanner(**file, segment_->first(), chunk.offset, std::min(chunk.end(), segment_->size()));
    for (;;) {
        const auto found = scanner.next();
        if (!found) return Error{"reading " + segment_->name() + ": " + found.error().text()};
        if (!*found) break;
        const auto& header = (*found)->header;
        if ((*found)->kind != Scanner::Found::Kind::event || header.sequence < low_ || header.sequence > search_.high)
            continue;
        if (search_.takes(header.id, header.received, AttributeView((*found)->attributes)))
            events_.push_back({header.sequence, header.id, header.received, family_, std::string((*found)->attributes),
                               std::string((*found)->body)});
    }
    if (!search_.query.newest_first) std::reverse(events_.begin(), events_.end());
    return {};
}

} // namespace webhookd::journal
