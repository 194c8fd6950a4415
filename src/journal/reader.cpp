#include "journal/reader.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace webhookd::journal {

MergingReader::MergingReader(FileSystem& files, const Catalogue& catalogue, const RecentBatches& recent,
                             const std::atomic<std::uint64_t>& committed)
    : recent_(recent), committed_(committed), changes_(files, catalogue, Family::changes),
      evaluations_(files, catalogue, Family::evaluations) {}

Result<std::span<const Entry>> MergingReader::next(std::uint64_t after, std::size_t max_events, std::size_t max_bytes) {
    entries_.clear();
    batches_.clear();
    // Read first: everything up to it is in the catalogue and the sizes by then.
    const auto committed = committed_.load(std::memory_order_acquire);
    if (after >= committed || max_events == 0) return std::span<const Entry>{};
    if (!read_recent(after, committed, max_events, max_bytes))
        if (auto read = read_files(after, committed, max_events, max_bytes); !read) return read.error();
    return std::span<const Entry>(entries_);
}

bool MergingReader::read_recent(std::uint64_t after, std::uint64_t committed, std::size_t max_events,
                                std::size_t max_bytes) {
    constexpr std::size_t most_batches = 64;
    recent_.take_behind(after, most_batches, batches_);
    std::size_t bytes = 0;
    for (const auto& batch : batches_) {
        const auto last = std::min(batch->last(), committed);
        for (auto sequence = std::max(batch->first(), after + 1); sequence <= last; ++sequence) {
            if (entries_.size() == max_events || (bytes >= max_bytes && !entries_.empty())) return true;
            entries_.push_back(batch->entry(sequence));
            bytes += entries_.back().attributes.bytes().size() + entries_.back().body.size();
        }
    }
    return !entries_.empty();
}

Result<> MergingReader::read_files(std::uint64_t after, std::uint64_t committed, std::size_t max_events,
                                   std::size_t max_bytes) {
    const auto failed = [](const IoError& error) { return Error{"reading the store: " + error.text()}; };
    bytes_.clear();
    stored_.clear();
    FamilyStream* const streams[] = {&changes_, &evaluations_};
    for (auto* stream : streams)
        if (auto sought = stream->seek(after); !sought) return failed(sought.error());

    while (stored_.size() < max_events && (bytes_.size() < max_bytes || stored_.empty())) {
        FamilyStream* nearest = nullptr;
        const Scanner::Found* found = nullptr;
        for (auto* stream : streams) {
            const auto at = stream->peek();
            if (!at) return failed(at.error());
            if (!*at || (*at)->header.sequence > committed ||
                (found && found->header.sequence < (*at)->header.sequence))
                continue;
            nearest = stream;
            found = *at;
        }
        if (!found) break;
        Stored stored;
        stored.entry.sequence = found->header.sequence;
        stored.entry.id = found->header.id;
        stored.entry.received = found->header.received;
        stored.entry.family = nearest == &changes_ ? Family::changes : Family::evaluations;
        stored.offset = bytes_.size();
        stored.attributes = found->attributes.size();
        stored.body = found->body.size();
        bytes_.insert(bytes_.end(), found->attributes.begin(), found->attributes.end());
        bytes_.insert(bytes_.end(), found->body.begin(), found->body.end());
        stored_.push_back(stored);
        nearest->pop();
    }

    if (const auto damaged = changes_.damaged() + evaluations_.damaged(); damaged > damaged_) {
        spdlog::error("{} damaged events in the store were passed over; `store verify` names them", damaged - damaged_);
        damaged_ = damaged;
    }
    for (auto& stored : stored_) {
        const char* const at = bytes_.data() + stored.offset;
        stored.entry.attributes = AttributeView({at, stored.attributes});
        stored.entry.body = {at + stored.attributes, stored.body};
        entries_.push_back(stored.entry);
    }
    return {};
}

} // namespace webhookd::journal
