#pragma once

#include "journal/family_stream.hpp"
#include "journal/index.hpp"
#include "journal/segment.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <thread>

namespace webhookd::journal {

/// Fills the search index behind the commits, on a thread of its own: it may lag, and it may fail, without anybody
/// waiting.
class Indexer {
public:
    Indexer(std::filesystem::path directory, FileSystem& files, Catalogue& catalogue,
            std::function<std::uint64_t()> committed);
    /// Leaves what is not indexed yet to the next start.
    ~Indexer();

    /// There is more to index. A short lock, and a wake-up now and then.
    void wake() noexcept;
    /// Forgets events that were erased, and leaves no byte of them in the files.
    Result<> erase(std::span<const std::uint64_t> sequences);
    /// Blocks until everything that is committed now is indexed, or until `patience` is over.
    bool catch_up(std::chrono::milliseconds patience);

private:
    void work();
    bool wait_for_work(); // false when it is to stop
    void pause(std::chrono::milliseconds time);
    bool is_stopping();
    void open();                                        // under index_mutex_
    std::array<std::uint64_t, families> oldest() const; // the first sequences of what is there
    /// One transaction each; true when there is more to do.
    Result<bool> index_some();
    Result<bool> summarise_one();
    Result<bool> forget_removed(std::size_t steps); // true when it was all

    const std::filesystem::path directory_;
    FileSystem& files_;
    Catalogue& catalogue_;
    const std::function<std::uint64_t()> committed_;

    std::mutex index_mutex_; // guards the following
    std::unique_ptr<Index> index_;
    std::optional<FamilyStream> changes_; // behind what is indexed
    std::set<std::string> summarised_;    // names of segments
    std::array<std::uint64_t, families> oldest_{};
    std::uint64_t told_ = 0; // to everybody who asks the index how far it has come

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable progress_;
    bool is_woken_ = true;      // guarded by mutex_
    bool is_urgent_ = false;    // guarded by mutex_
    bool is_stopping_ = false;  // guarded by mutex_
    std::uint64_t indexed_ = 0; // guarded by mutex_
    std::thread thread_;        // last: everything else is ready when it begins
};

} // namespace webhookd::journal
