#pragma once

#include "journal/batch.hpp"
#include "journal/file_system.hpp"
#include "journal/segment.hpp"
#include "webhookd/journal/journal.hpp"

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace webhookd::journal {

/// Longer times are taken for this: a time plus a duration must not overflow.
inline constexpr Duration longest_keep = std::chrono::hours{24 * 36'500};

/// A segment that is written to.
struct ActiveSegment {
    std::shared_ptr<Segment> segment;
    std::unique_ptr<File> file;
    std::uint64_t size = file_header_bytes;
    std::uint64_t file_end = file_header_bytes; // from `size` up to here stand zeros
    std::uint64_t remembered_from = 0;          // what is before need not be in the system's memory
    std::uint64_t events = 0;
    std::uint64_t last_sequence = 0; // of its last event; 0 for none
    Time newest = Time::min();       // the latest receipt in it
    bool is_full = false;            // nothing may be added; the next commit begins another
};

/// Where the log goes on: the result of recovery.
struct LogPosition {
    std::uint64_t next_sequence = 1;
    std::array<ActiveSegment, families> active; // those without a segment begin with the next event
};

/// The last committed sequence for everybody who asks from outside: a hint file that is written after each commit and
/// never synced. What it says is true, but may be old.
class CommittedFile {
public:
    static constexpr const char* name = "committed";
    /// Makes the file where it is missing. Errors are no reason not to start.
    explicit CommittedFile(FileSystem& files);
    void write(std::uint64_t sequence) noexcept;
    /// 0 where there is none, or none that can be trusted.
    static std::uint64_t read(FileSystem& files);

private:
    std::unique_ptr<File> file_;
};

/// Appends commits to the segment files. For one thread (the writer's), without threads of its own.
class Log {
public:
    struct Options {
        Settings::Sync sync = Settings::Sync::full;
        std::array<std::uint64_t, families> segment_bytes{64u << 20, 64u << 20};
        std::array<Duration, families> segment_age{longest_keep, longest_keep};
        std::uint64_t most_ahead = 256u << 10; // bytes of zeros behind the events; with sync "full" only
    };
    enum class Outcome {
        stored,  // on stable storage
        no_room, // nothing of it is in the files; worth trying again
        failed,  // unknown what is on the disk: no further commit may be tried
    };
    struct Commit {
        Outcome outcome = Outcome::failed;
        std::string why;                    // unless stored
        std::shared_ptr<const Batch> batch; // when stored: already counted as committed, for the readers
    };

    Log(FileSystem& files, Catalogue& catalogue, Options options, LogPosition position);

    /// Writes all of them, in order, with one sync per touched family, and gives them their sequences when stored.
    Commit commit(std::span<Append* const> appends);
    /// Closes a family's segment when it has events and was begun before `before`, so that retention may have it.
    Commit close_older(Family family, Time before, Time now);
    /// Whether a small file can be written: asked while nobody appends, so that the answer to "can it store?" stays
    /// true.
    bool has_room();
    /// Leaves files that end with their last event, and with sync "normal" on stable storage.
    void close();
    std::uint64_t next_sequence() const noexcept { return next_; }

private:
    struct Step; // what one commit has touched so far
    bool needs_new_segment(Family family, Time now) const;
    bool begin_segment(Family family, Time now, Step& step);
    bool prepare(std::span<Append* const> appends, Step& step);
    std::shared_ptr<Batch> encode_all(std::span<Append* const> appends, const Step& step) const;
    bool write_frames(const Batch& batch, Step& step);
    Io<> write_ahead(ActiveSegment& active, std::uint64_t end) const;
    static Io<> cut_zeros(ActiveSegment& active);
    void forget_old(ActiveSegment& active) const;
    bool sync(Step& step);
    void publish(const Batch& batch, std::span<Append* const> appends, Step& step);
    Commit give_up(Step& step);

    FileSystem& files_;
    Catalogue& catalogue_;
    const Options options_;
    std::uint64_t next_;
    std::array<ActiveSegment, families> active_;
    CommittedFile committed_;
};

} // namespace webhookd::journal
