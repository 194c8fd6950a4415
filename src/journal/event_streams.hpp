#pragma once

#include "journal/segment_access.hpp"

#include <optional>
#include <vector>

namespace webhookd::journal {

/// What all streams of one search share.
struct Search {
    const Query& query;
    std::uint64_t low = 0; // the sequences asked for, both included
    std::uint64_t high = 0;
    std::uint64_t left_to_read = 0; // bytes, before the page is handed out as it is

    bool takes(const EventId& id, Time received, AttributeView attributes) const;
    bool may_take(const Chunk& chunk) const;
    bool is_before(std::uint64_t a, std::uint64_t b) const noexcept { return query.newest_first ? a > b : a < b; }
};

/// Matching events in the order asked for.
class EventStream {
public:
    virtual ~EventStream() = default;
    /// The next one, or null where there is none, or where reading on would be too much: see stopped_at().
    Result<StoredEvent*> peek();
    void pop() { events_.pop_back(); }
    /// Where it gave up: everything up to there, in the order asked for, was looked at.
    std::optional<std::uint64_t> stopped_at() const noexcept { return stopped_at_; }

protected:
    /// Puts more into events_, the next one last; returns false at the end or when it stopped.
    virtual Result<bool> fill() = 0;

    std::vector<StoredEvent> events_;
    std::optional<std::uint64_t> stopped_at_;
    bool has_begun_ = false; // every page gets on by something, however little may be read
};

/// By the index: the changes family as far as it is indexed.
class IndexedStream final : public EventStream {
public:
    static Result<std::unique_ptr<IndexedStream>> make(Search& search, SegmentAccess& access, Index& index,
                                                       std::uint64_t indexed);

private:
    IndexedStream(Search& search, SegmentAccess& access, Index& index)
        : search_(search), access_(access), index_(index) {}
    Result<bool> fill() override;
    Result<> bound_by_time();

    Search& search_;
    SegmentAccess& access_;
    Index& index_;
    Index::Plan plan_;
    std::uint64_t low_ = 0;
    std::uint64_t high_ = 0;
    std::size_t step_ = 0;
};

/// What was found already, in the order of the sequence.
class ListedStream final : public EventStream {
public:
    ListedStream(const Search& search, std::vector<StoredEvent> events);

private:
    Result<bool> fill() override { return false; }
};

/// By reading one family chunk by chunk, past those in which nothing can match.
class ChunkStream final : public EventStream {
public:
    ChunkStream(Search& search, SegmentAccess& access, Index* index, Family family, std::uint64_t from_sequence);

private:
    Result<bool> fill() override;
    Result<bool> enter_next_segment();
    Result<> read_chunk(const Chunk& chunk);

    Search& search_;
    SegmentAccess& access_;
    Index* index_;
    const Family family_;
    const std::uint64_t low_;
    Catalogue::Segments segments_; // still to come, the next one last
    std::shared_ptr<Segment> segment_;
    std::vector<Chunk> chunks_; // of segment_, still to come, the next one last
};

} // namespace webhookd::journal
