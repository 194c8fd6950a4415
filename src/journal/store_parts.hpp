#pragma once

// What the files of class Store share: store.cpp (opening, finding), verify.cpp, backup.cpp.

#include "journal/segment_access.hpp"
#include "webhookd/journal/store.hpp"

#include <mutex>

namespace webhookd::journal {

/// Lent by the journal of this process, and outlived by it.
struct Store::Inside {
    std::filesystem::path directory;
    FileSystem* files = nullptr;
    Catalogue* catalogue = nullptr;
    Ledger* ledger = nullptr;
    std::function<std::uint64_t()> committed;
};

struct Store::Impl {
    explicit Impl(Inside lent);
    explicit Impl(const std::filesystem::path& directory);

    /// From outside: what has come and gone since the last time.
    Result<> refresh();
    /// No event beyond it is shown: it may not be durable yet.
    std::uint64_t committed();
    /// The search index, where there is one.
    Index* index();
    Result<Ledger*> ledger();

    std::mutex mutex;
    std::filesystem::path directory;
    std::unique_ptr<FileSystem> own_files;
    std::unique_ptr<Catalogue> own_catalogue;
    std::unique_ptr<Ledger> own_ledger;
    Inside inside;
    std::unique_ptr<Index> own_index;
    std::uint64_t index_inode = 0; // of the file it was opened from: it may have been made anew since
    std::unique_ptr<SegmentAccess> access;
};

} // namespace webhookd::journal
