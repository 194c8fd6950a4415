#pragma once

#include "journal/sqlite.hpp"
#include "journal/summary.hpp"
#include "webhookd/base/attribute_patterns.hpp"
#include "webhookd/journal/record.hpp"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace webhookd::journal {

/// The search index over the changes family, and summaries of closed segments: index.db. All of it can be made again
/// from the segments, so nothing is synced, and whatever seems wrong with it is thrown away.
///
/// Texts are kept once (table `word`), so that a row is a few numbers, and a pattern is matched against the few texts
/// that an attribute has instead of every event. Not safe from two threads at once.
class Index {
public:
    /// The attributes that are searched for by number.
    static constexpr std::array columns{Attribute::type,        Attribute::endpoint, Attribute::flag,
                                        Attribute::environment, Attribute::project,  Attribute::actor,
                                        Attribute::scope,       Attribute::changed};

    /// Where an event stands.
    struct Place {
        std::uint64_t sequence = 0;
        std::uint64_t segment = 0; // its first sequence
        std::uint64_t offset = 0;
    };

    /// Opens the index for the one who fills it, or makes a new one where there is none or none that can be trusted:
    /// another version, ahead of the store, or not closed before the machine went down. Throws std::runtime_error.
    static std::unique_ptr<Index> open_to_write(const std::filesystem::path& directory, std::uint64_t committed);
    /// Nothing where there is none to read.
    static std::unique_ptr<Index> open_to_read(const std::filesystem::path& directory);

    /// Of the file; 0 where there is none.
    static std::uint64_t inode(const std::filesystem::path& directory) noexcept;
    /// Throws the index away; the next open_to_write() makes it anew.
    static void remove(const std::filesystem::path& directory) noexcept;

    // --- filling; commit() ends what begin() began ---
    void begin();
    void add(const Place& place, const EventId& id, Time received, AttributeView attributes);
    /// Everything of the changes family up to `indexed` is in it then.
    Result<> commit(std::uint64_t indexed);
    Result<> add_summary(Family family, std::uint64_t segment, const Summary& summary);
    /// Forgets what retention removed: events below the first sequence of the oldest segment, at most so many; whether
    /// these were all.
    Result<bool> forget_events_below(std::uint64_t first, std::size_t most);
    /// Afterwards: the texts that no event has any more, and the summaries below the families' oldest segments.
    Result<> forget_segments_below(std::uint64_t changes, std::uint64_t evaluations);
    /// Forgets these events, and their texts unless other events have them too; their bytes are in no file afterwards.
    Result<> erase(std::span<const std::uint64_t> sequences);
    /// Ends the life of a writing index in good order, so that the next start believes it.
    void close();

    // --- asking ---
    Result<std::uint64_t> indexed();
    Result<std::optional<Summary>> summary(Family family, std::uint64_t segment);
    Result<std::vector<Place>> places_of(const EventId& id);

    /// A search, resolved to numbers.
    struct Plan {
        bool is_empty = false; // no event can match
        std::string condition; // SQL
        std::vector<std::string>
            branches; // one more condition each, disjoint; each is read in order of sequence by an index
    };
    Result<Plan> plan(std::span<const AttributePatterns> match);
    /// The next `most` places in the order asked for, with low <= sequence <= high.
    Result<std::vector<Place>> find(const Plan& plan, std::uint64_t low, std::uint64_t high, bool newest_first,
                                    std::size_t most);

private:
    explicit Index(std::unique_ptr<Database> database) : database_(std::move(database)) {}
    bool is_trustworthy(std::uint64_t committed);
    std::int64_t number_of(std::size_t column, std::string_view text);
    void forget_words();

    std::unique_ptr<Database> database_;
    std::array<std::map<std::string, std::int64_t, std::less<>>, columns.size()> known_words_; // a cache, bounded
};

} // namespace webhookd::journal
