#pragma once

#include "webhookd/base/attribute_patterns.hpp"
#include "webhookd/base/result.hpp"
#include "webhookd/journal/ledger.hpp"
#include "webhookd/journal/record.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Looking into the store: for the admin page and, in a process of their own, for the commands.
namespace webhookd::journal {

/// An event with memory of its own.
struct StoredEvent {
    std::uint64_t sequence = 0;
    EventId id;
    Time received;
    Family family = Family::changes;
    std::string attributes; // stored form
    std::string body;

    Entry entry() const noexcept { return {sequence, id, received, family, AttributeView(attributes), body}; }
};

struct Query {
    std::vector<AttributePatterns> match; // all must fit; an attribute that the event does not have does not
    std::optional<Time> since;            // receipt, included
    std::optional<Time> until;            // receipt, not included
    std::vector<EventId> ids;             // not empty: only these
    bool newest_first = true;
    std::size_t limit = 100;
    std::uint64_t after = 0; // continue behind the event with this sequence, in the order asked for; 0: from the start

    /// How much of what is not indexed is read before a page is handed out unfinished.
    std::uint64_t most_read = 256u << 20;
};

struct Page {
    std::vector<StoredEvent> events; // fewer than asked for may also mean that much was read in vain: see `next`
    std::uint64_t next = 0;          // the `after` of the next page; 0: there is none
};

struct FamilyFigures {
    std::uint64_t events = 0; // erased and damaged ones included
    std::uint64_t bytes = 0;
    std::uint64_t segments = 0;
    std::uint64_t first_sequence = 0; // 0: there are no events
    std::uint64_t last_sequence = 0;
    std::optional<Time> oldest;
    std::optional<Time> newest;
};

struct Figures {
    std::array<FamilyFigures, 2> families; // changes, evaluations
    std::uint64_t committed = 0;
    std::uint64_t indexed = 0; // how far the search index has come
    Amount dead_letters;
    Amount quarantine;
    std::optional<std::string> holder; // the process that writes to it
};

/// What is wrong with a store.
struct Damage {
    std::string file;
    std::uint64_t offset = 0;
    std::uint64_t first_sequence = 0; // the events that are hurt, as far as it can be told; 0: none, or unknown
    std::uint64_t last_sequence = 0;
    std::string what;
};

struct Verification {
    std::uint64_t events = 0; // checked and good
    std::uint64_t erased = 0;
    std::uint64_t bytes = 0;
    std::vector<Damage> damage;
};

/// Safe from every thread (a mutex); a call may read much.
class Store {
public:
    /// In a process of its own, beside a running daemon or without one; never writes. Throws std::runtime_error.
    static std::unique_ptr<Store> open(const std::filesystem::path& directory);
    ~Store();

    /// One page. Erased and damaged events are left out.
    Result<Page> find(const Query& query);
    Result<Figures> figures();
    /// Reads everything and checks every sum. `progress` is called now and then with the bytes read so far.
    Result<Verification> verify(const std::function<void(std::uint64_t)>& progress = {});
    /// A copy, consistent in itself, in a directory that is made or empty; the daemon may go on meanwhile.
    Result<> backup(const std::filesystem::path& destination);

    struct Inside; // what the journal of this process lends
    explicit Store(Inside inside);
    struct Impl;

private:
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace webhookd::journal
