#include "journal/segment_access.hpp"

#include "journal/scanner.hpp"

#include <algorithm>
#include <cerrno>

namespace webhookd::journal {
namespace {

Error reading(const Segment& segment, const IoError& error) {
    return {"reading " + segment.name() + ": " + error.text()};
}

} // namespace

Io<Summary> complete_summary(FileSystem& files, const Segment& segment) {
    const auto size = segment.size(); // first: the writer lets the summary grow before the size
    auto summary = segment.summary();
    if (summary.end() >= size) return summary;
    const auto file = files.open(segment.name(), FileSystem::Access::read);
    if (!file) return file.error();
    Scanner scanner(**file, segment.first(), summary.end(), size, Scanner::Content::attributes);
    for (;;) {
        const auto found = scanner.next();
        if (!found) return found.error();
        if (!*found) return summary;
        if ((*found)->kind != Scanner::Found::Kind::hole)
            summary.add((*found)->offset, (*found)->header, AttributeView((*found)->attributes));
    }
}

Result<Summary> SegmentAccess::summary_of(Segment& segment, Index* index) {
    const auto size = segment.size(); // first: the writer lets the summary grow before the size
    auto summary = segment.summary();
    if (summary.end() >= size) return summary;
    if (summary.chunks.empty() && index) {
        if (auto kept = index->summary(segment.family(), segment.first()); kept && *kept) summary = **std::move(kept);
        if (summary.end() > size) summary = {}; // of another file with this name
        if (!summary.chunks.empty()) segment.change_summary([&](Summary& own) { own = summary; });
    }
    // What the index has ends with the last frame; only damage, or what came since, can stand behind it.
    auto complete = complete_summary(files_, segment);
    if (!complete && complete.error().code == ENOENT) return Summary{};
    if (!complete) return reading(segment, complete.error());
    segment.change_summary([&](Summary& own) {
        if (own.end() < complete->end()) own = *complete;
    });
    return *std::move(complete);
}

Result<File*> SegmentAccess::file_of(const Segment& segment) {
    const auto at =
        std::find_if(open_.begin(), open_.end(), [&](const Open& one) { return one.name == segment.name(); });
    if (at != open_.end()) {
        open_.splice(open_.begin(), open_, at);
        return open_.front().file.get();
    }
    auto file = files_.open(segment.name(), FileSystem::Access::read);
    if (!file && file.error().code == ENOENT) return nullptr;
    if (!file) return reading(segment, file.error());
    open_.push_front({segment.name(), *std::move(file)});
    if (open_.size() > most_open) open_.pop_back();
    return open_.front().file.get();
}

Result<std::optional<StoredEvent>> SegmentAccess::read(Family family, const Index::Place& place) {
    const auto segments = catalogue_.of(family);
    const auto at = std::partition_point(segments.begin(), segments.end(),
                                         [&](const auto& segment) { return segment->first() < place.segment; });
    if (at == segments.end() || (*at)->first() != place.segment) return std::optional<StoredEvent>{};
    const auto file = file_of(**at);
    if (!file) return file.error();
    if (!*file) return std::optional<StoredEvent>{};

    Scanner scanner(**file, place.segment, place.offset, (*at)->size(), Scanner::Content::whole, Scanner::one);
    auto found = scanner.next();
    if (!found) return reading(**at, found.error());
    if (!*found || (*found)->kind != Scanner::Found::Kind::event || (*found)->header.sequence != place.sequence)
        return std::optional<StoredEvent>{};
    const auto& header = (*found)->header;
    return std::optional(StoredEvent{header.sequence, header.id, header.received, family,
                                     std::string((*found)->attributes), std::string((*found)->body)});
}

} // namespace webhookd::journal
