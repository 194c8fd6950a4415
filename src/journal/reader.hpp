#pragma once

#include "journal/batch.hpp"
#include "journal/family_stream.hpp"
#include "webhookd/journal/journal.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace webhookd::journal {

/// Both families, merged by sequence: from memory while it keeps up, else from the files.
class MergingReader final : public Reader {
public:
    MergingReader(FileSystem& files, const Catalogue& catalogue, const RecentBatches& recent,
                  const std::atomic<std::uint64_t>& committed);

    Result<std::span<const Entry>> next(std::uint64_t after, std::size_t max_events, std::size_t max_bytes) override;

private:
    /// Copies and views of what was read from the files.
    struct Stored {
        Entry entry; // without the views
        std::size_t offset = 0;
        std::size_t attributes = 0;
        std::size_t body = 0;
    };
    bool read_recent(std::uint64_t after, std::uint64_t committed, std::size_t max_events, std::size_t max_bytes);
    Result<> read_files(std::uint64_t after, std::uint64_t committed, std::size_t max_events, std::size_t max_bytes);

    const RecentBatches& recent_;
    const std::atomic<std::uint64_t>& committed_;
    FamilyStream changes_;
    FamilyStream evaluations_;
    std::uint64_t damaged_ = 0; // passed over and reported

    std::vector<std::shared_ptr<const Batch>> batches_; // what entries_ look into, from memory
    std::vector<char> bytes_;                           // or from the files
    std::vector<Stored> stored_;
    std::vector<Entry> entries_;
};

} // namespace webhookd::journal
