#pragma once

#include "journal/file_system.hpp"
#include "journal/index.hpp"
#include "journal/segment.hpp"
#include "webhookd/journal/store.hpp"

#include <list>
#include <memory>
#include <optional>

namespace webhookd::journal {

/// Looks at a segment from where its summary ends, so that the summary reaches up to the segment's size. What the
/// writer of this process lets grow is complete already.
Io<Summary> complete_summary(FileSystem& files, const Segment& segment);

/// Reads single events and summaries, keeping a few files open. Not safe from two threads at once.
class SegmentAccess {
public:
    SegmentAccess(FileSystem& files, Catalogue& catalogue) : files_(files), catalogue_(catalogue) {}

    /// From the index where it has it, else by looking at the segment; kept with the segment.
    Result<Summary> summary_of(Segment& segment, Index* index);
    /// Nothing where the event is erased, damaged or no longer there.
    Result<std::optional<StoredEvent>> read(Family family, const Index::Place& place);
    /// Nothing where retention has removed it.
    Result<File*> file_of(const Segment& segment);
    const Catalogue& catalogue() const noexcept { return catalogue_; }

private:
    struct Open {
        std::string name;
        std::unique_ptr<File> file;
    };
    static constexpr std::size_t most_open = 8;

    FileSystem& files_;
    Catalogue& catalogue_;
    std::list<Open> open_; // the last used first
};

} // namespace webhookd::journal
