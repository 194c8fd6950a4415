#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/journal/erasure.hpp"
#include "webhookd/journal/record.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

/// Once we say 200 it is not lost.
///
/// Two families of append-only segment files share one sequence; a group commit writes whatever is queued and syncs
/// once. The segments are the truth; the search index beside them (SQLite) follows and can be rebuilt. See
/// docs/store.md.
namespace webhookd::journal {

struct Settings {
    std::filesystem::path directory;
    enum class Sync { full, normal } sync = Sync::full;
    struct Retention {
        Duration keep;
        ByteSize max_size;
    };
    Retention changes;
    Retention evaluations;
    ByteSize segment{64u << 20};                        // a segment is closed beyond this size
    Duration duplicate_window = std::chrono::hours{24}; // the longest that an endpoint asks for
};

/// What one commit took, for metrics.
struct CommitReport {
    std::size_t events = 0;
    std::size_t bytes = 0; // in the files
    std::chrono::nanoseconds took{0};
};

/// What an erasure met.
struct Erased {
    std::size_t events = 0; // in the segments
    std::size_t others = 0; // dead letters and quarantined bodies
};

class Ledger;
class Reader;
class Store;

class Journal {
public:
    /// Takes the lock, recovers, starts the writer thread. Throws std::runtime_error with a sentence for the operator:
    /// locked (naming the holder), newer format, unreadable directory.
    /// `on_fatal` is called on the writer thread when a commit or sync failed: nothing of it was acknowledged, the
    /// process must end.
    /// `on_report`, where given, is called on the writer thread after each commit; must not block.
    static std::unique_ptr<Journal> open(Settings settings, std::function<void(const std::string&)> on_fatal,
                                         std::function<void(const CommitReport&)> on_report = {});
    /// Stops taking appends, finishes what is queued, closes.
    virtual ~Journal() = default;

    /// Queues an append and those linked behind it through Append::next; never blocks beyond the time of a short lock.
    /// From any thread.
    virtual void append(Append& append) noexcept = 0;

    /// The last sequence that is on stable storage; 0 for an empty store.
    virtual std::uint64_t committed() const noexcept = 0;
    /// Calls `wake` on the writer thread after every commit, until the returned handle is destroyed. Must not block.
    virtual std::shared_ptr<void> on_commit(std::function<void()> wake) = 0;
    /// False while the disk has no room (readiness).
    virtual bool can_store() const noexcept = 0;

    /// A new reader over the committed events: from the ring of recent ones while it keeps up, else from the segments.
    virtual std::unique_ptr<Reader> reader() = 0;
    /// Never deletes what is not settled: retention stops below this sequence (the smallest that a lane still needs).
    virtual void set_retention_floor(std::uint64_t sequence) noexcept = 0;
    /// Removes what is older or more than is to be kept, as of `now`, in whole segments. Called now and then by the
    /// application on a thread that may block. Removes a bounded amount at one call, so that no commit waits long for
    /// it: false where there is more to go, a second later.
    virtual bool apply_retention(Time now) = 0;

    /// Overwrites body and attributes of these events wherever this store keeps them. Reads all segments that may have
    /// some; for a thread that may block.
    virtual Result<Erased> erase(const Erasure& erasure) = 0;

    virtual Ledger& ledger() = 0;
    virtual Store& store() = 0;
};

/// Reads forward in sequence. One per lane; not safe from two threads at once.
class Reader {
public:
    virtual ~Reader() = default;
    /// Up to `max_events` and about `max_bytes` of committed events behind `after`, oldest first; none when there are
    /// no more. Erased events are left out. The views live until the next call.
    virtual Result<std::span<const Entry>> next(std::uint64_t after, std::size_t max_events, std::size_t max_bytes) = 0;
};

} // namespace webhookd::journal
