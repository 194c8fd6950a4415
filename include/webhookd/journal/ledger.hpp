#pragma once

#include "webhookd/base/id.hpp"
#include "webhookd/base/result.hpp"
#include "webhookd/base/units.hpp"
#include "webhookd/journal/erasure.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What is known beside the events themselves: how far each lane has come, what it gave up on, what was not understood.
/// One small SQLite file (ledger.db), written by one connection, every change on stable storage when the call returns.
namespace webhookd::journal {

class Database;

/// How far one lane (a sink by its name) has come.
struct LaneState {
    std::string lane;
    std::uint64_t settled = 0;         // every event up to and with this sequence is settled for it
    bool paused = false;               // by the operator; survives restarts
    std::optional<Time> removed_since; // since when no configured sink has this name
};

/// A step of one lane's cursor, for Ledger::settle.
struct Settled {
    std::string_view lane;
    std::uint64_t sequence = 0;
};

/// An event a lane gave up on. Keeps the event's bytes, so that it outlives retention.
struct DeadLetter {
    std::int64_t number = 0; // given by the ledger, rising; 0 before
    std::string lane;
    std::uint64_t sequence = 0;
    EventId id;
    Time received;
    std::string attributes; // stored form
    std::string body;
    std::string why;
    std::uint32_t attempts = 0;
    Time died;
};

/// A signed body that was not understood, or one whose signature did not fit and that was kept all the same.
struct Quarantined {
    EventId id;
    Time received;
    std::string endpoint;  // its name
    unsigned status = 0;   // what was answered: 400, 401 or 422
    std::string reasons;   // JSON array of {"pointer","rule","detail"}
    std::string signature; // as it was sent, for status 401; else empty
    std::string attributes;
    std::string body;
};

/// How many and how large.
struct Amount {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
};

/// Beyond these the oldest go.
struct LedgerBounds {
    Amount dead_letters{100'000, 1u << 30}; // of one lane
    Amount quarantined{10'000, 256u << 20}; // of status 400 and 422
};

/// One page of a list, oldest first.
struct DeadLetterQuery {
    std::string lane;       // empty: of every lane
    std::int64_t after = 0; // continue behind this number
    std::size_t limit = 100;
    bool with_body = false;
};
struct QuarantineQuery {
    std::string endpoint;         // empty: of every endpoint
    std::optional<EventId> after; // continue behind this one
    std::size_t limit = 100;
    bool with_body = false;
};

/// Safe from every thread (a mutex); a call may take as long as a sync of the disk. Errors say what the disk said.
class Ledger {
public:
    /// Opens or makes ledger.db in the directory of a store whose lock the caller holds. Throws std::runtime_error.
    static std::unique_ptr<Ledger> open(const std::filesystem::path& directory, const LedgerBounds& bounds = {});
    /// Beside a running daemon, or without one: never writes. Every changing call fails.
    static std::unique_ptr<Ledger> open_to_read(const std::filesystem::path& directory);
    ~Ledger();

    // --- lanes ---
    Result<std::vector<LaneState>> lanes();
    Result<std::optional<LaneState>> lane(std::string_view name);
    /// Stores the cursors, all in one transaction; a lane not known yet is added. A cursor may also go back (replay
    /// from the beginning).
    Result<> settle(std::span<const Settled> cursors);
    Result<> set_paused(std::string_view lane, bool paused);
    Result<> set_removed(std::string_view lane, std::optional<Time> since);
    /// Forgets a lane's place and its dead letters.
    Result<> forget_lane(std::string_view lane);

    // --- dead letters ---
    /// Adds the letters and moves the lane's cursor in one transaction, so that neither is there without the other.
    /// Returns how many older letters had to go to stay within the bound: worth a warning.
    Result<std::size_t> bury(std::span<const DeadLetter> letters, std::optional<Settled> cursor);
    Result<std::vector<DeadLetter>> dead_letters(const DeadLetterQuery& query);
    Result<std::optional<DeadLetter>> dead_letter(std::int64_t number);
    /// Returns how many there were.
    Result<std::size_t> remove_dead_letters(std::span<const std::int64_t> numbers);
    /// Of one lane; of all for an empty name.
    Result<Amount> dead_letter_amount(std::string_view lane);

    // --- quarantine ---
    /// All in one transaction. One with an id that is there already replaces it.
    Result<> quarantine(std::span<const Quarantined> bodies);
    /// Those of one endpoint whose signature did not fit (status 401): its oldest such go until no more than `most`
    /// bytes are kept.
    Result<> keep_unverified(std::string_view endpoint, std::span<const Quarantined> bodies, ByteSize most);
    Result<std::vector<Quarantined>> quarantined(const QuarantineQuery& query);
    Result<std::optional<Quarantined>> quarantined(const EventId& id);
    Result<std::size_t> remove_quarantined(std::span<const EventId> ids);
    Result<Amount> quarantine_amount();

    // --- for the journal ---
    /// Removes the dead letters and quarantined bodies that are meant, and their bytes from the files. Of quarantined
    /// ones also those that hold a name that is meant anywhere as a text of JSON. Returns how many.
    Result<std::size_t> erase(const Erasure& erasure);
    /// A consistent copy into a new file.
    Result<> copy_to(const std::filesystem::path& file);
    /// What SQLite's own check finds; empty when all is well.
    Result<std::vector<std::string>> check();

private:
    Ledger(std::unique_ptr<Database> database, const LedgerBounds& bounds);

    std::mutex mutex_;
    std::unique_ptr<Database> database_;
    LedgerBounds bounds_;
};

} // namespace webhookd::journal
