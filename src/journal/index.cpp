#include "journal/index.hpp"

#include "webhookd/base/file.hpp"
#include "webhookd/base/text.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <unistd.h>

namespace webhookd::journal {
namespace {

constexpr int schema_version = 1;
constexpr std::size_t most_known_words = 1024;

constexpr const char* schema = R"(
    BEGIN;
    CREATE TABLE state(name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
    INSERT INTO state VALUES('indexed', 0), ('open since boot', '');
    CREATE TABLE word(
        number INTEGER PRIMARY KEY,
        attribute INTEGER NOT NULL,
        text TEXT NOT NULL,
        UNIQUE(attribute, text)
    ) STRICT;
    CREATE TABLE event(
        sequence INTEGER PRIMARY KEY,
        segment INTEGER NOT NULL,
        offset INTEGER NOT NULL,
        received INTEGER NOT NULL,
        id BLOB NOT NULL,
        type INTEGER, endpoint INTEGER, flag INTEGER, environment INTEGER,
        project INTEGER, actor INTEGER, scope INTEGER, changed INTEGER
    ) STRICT;
    CREATE INDEX event_by_id ON event(id);
    CREATE INDEX event_by_flag ON event(flag, sequence);
    CREATE INDEX event_by_actor ON event(actor, sequence);
    CREATE INDEX event_by_environment ON event(environment, sequence);
    CREATE TABLE segment(
        family INTEGER NOT NULL,
        first INTEGER NOT NULL,
        few_values BLOB NOT NULL,
        too_many INTEGER NOT NULL,
        PRIMARY KEY(family, first)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE chunk(
        family INTEGER NOT NULL,
        segment INTEGER NOT NULL,
        offset INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        first_sequence INTEGER NOT NULL,
        last_sequence INTEGER NOT NULL,
        events INTEGER NOT NULL,
        oldest INTEGER NOT NULL,
        newest INTEGER NOT NULL,
        attributes INTEGER NOT NULL,
        PRIMARY KEY(family, segment, offset)
    ) STRICT, WITHOUT ROWID;
    PRAGMA user_version = 1;
    COMMIT;
)";

std::filesystem::path index_file(const std::filesystem::path& directory) {
    return directory / "index.db";
}

/// Changes with every start of the machine: an index that was open when the power went may be torn.
std::string boot() {
    const auto text = read_file("/proc/sys/kernel/random/boot_id", 128);
    return text ? std::string(trim(*text)) : "unknown";
}

int version_of(Database& database) {
    int version = 0;
    database.each("PRAGMA user_version", [&](const Row& row) { version = static_cast<int>(row.number(0)); });
    return database.take_error() ? version : -1;
}

} // namespace

std::uint64_t Index::inode(const std::filesystem::path& directory) noexcept {
    struct stat about {};
    return ::stat(index_file(directory).c_str(), &about) == 0 ? about.st_ino : 0;
}

void Index::remove(const std::filesystem::path& directory) noexcept {
    for (const char* const end : {"", "-wal", "-shm"}) {
        auto file = index_file(directory);
        file += end;
        ::unlink(file.c_str());
    }
}

std::unique_ptr<Index> Index::open_to_write(const std::filesystem::path& directory, std::uint64_t committed) {
    const auto open = [&] {
        auto database = std::make_unique<Database>(index_file(directory), Database::Mode::write, false);
        if (version_of(*database) == 0) database->execute(schema);
        return std::unique_ptr<Index>(new Index(std::move(database)));
    };
    std::unique_ptr<Index> index;
    try {
        index = open();
    } catch (const std::runtime_error&) { // not a database (any more)
    }
    if (!index || !index->is_trustworthy(committed)) {
        index.reset();
        remove(directory);
        index = open();
    }
    index->database_->run("UPDATE state SET value = ? WHERE name = 'open since boot'", boot());
    index->database_->take_error().value();
    return index;
}

bool Index::is_trustworthy(std::uint64_t committed) {
    if (version_of(*database_) != schema_version) return false;
    std::string open_since;
    database_->each("SELECT value FROM state WHERE name = 'open since boot'",
                    [&](const Row& row) { open_since = row.text(0); });
    const auto last = indexed();
    return database_->take_error() && last && *last <= committed && (open_since.empty() || open_since == boot());
}

std::unique_ptr<Index> Index::open_to_read(const std::filesystem::path& directory) {
    std::error_code ignored;
    if (!std::filesystem::exists(index_file(directory), ignored)) return nullptr;
    try {
        auto database = std::make_unique<Database>(index_file(directory), Database::Mode::read, false);
        if (version_of(*database) != schema_version) return nullptr;
        return std::unique_ptr<Index>(new Index(std::move(database)));
    } catch (const std::runtime_error&) {
        return nullptr;
    }
}

void Index::close() {
    database_->execute("PRAGMA synchronous=FULL");
    database_->run("UPDATE state SET value = '' WHERE name = 'open since boot'");
    (void)database_->take_error();
}

// --- filling ---

void Index::begin() {
    database_->run("BEGIN IMMEDIATE");
}

std::int64_t Index::number_of(std::size_t column, std::string_view text) {
    auto& known = known_words_[column];
    if (const auto at = known.find(text); at != known.end()) return at->second;
    std::int64_t number = 0;
    const auto tag = static_cast<int>(columns[column]);
    const auto look = [&] {
        database_->each(
            "SELECT number FROM word WHERE attribute = ? AND text = ?", [&](const Row& row) { number = row.number(0); },
            tag, text);
    };
    look();
    if (number == 0) {
        database_->run("INSERT INTO word(attribute, text) VALUES(?, ?)", tag, text);
        look();
    }
    if (known.size() >= most_known_words) known.clear();
    known.emplace(text, number);
    return number;
}

void Index::forget_words() {
    for (auto& known : known_words_) known.clear();
}

void Index::add(const Place& place, const EventId& id, Time received, AttributeView attributes) {
    std::array<std::optional<std::int64_t>, columns.size()> words;
    for (const auto& item : attributes)
        if (const auto at = std::find(columns.begin(), columns.end(), item.attribute); at != columns.end()) {
            const auto column = static_cast<std::size_t>(at - columns.begin());
            words[column] = number_of(column, item.value);
        }
    database_->run(
        "INSERT OR REPLACE INTO event(sequence, segment, offset, received, id, type, endpoint, flag, environment, "
        "project, actor, scope, changed) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        place.sequence, place.segment, place.offset, received, id, words[0], words[1], words[2], words[3], words[4],
        words[5], words[6], words[7]);
}

Result<> Index::commit(std::uint64_t indexed) {
    database_->run("UPDATE state SET value = ? WHERE name = 'indexed'", indexed);
    database_->run("COMMIT");
    auto done = database_->take_error();
    if (!done) {
        forget_words(); // some of them may just have been rolled back
        database_->execute("ROLLBACK");
        (void)database_->take_error();
    }
    return done;
}

Result<> Index::add_summary(Family family, std::uint64_t segment, const Summary& summary) {
    Transaction transaction(*database_);
    const auto tag = static_cast<int>(family);
    database_->run("INSERT OR REPLACE INTO segment VALUES(?, ?, ?, ?)", tag, segment, Blob{summary.values.block()},
                   summary.values.too_many());
    for (const auto& chunk : summary.chunks)
        database_->run("INSERT OR REPLACE INTO chunk VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", tag, segment, chunk.offset,
                       chunk.bytes, chunk.first_sequence, chunk.last_sequence, chunk.events, chunk.oldest, chunk.newest,
                       chunk.attributes);
    return transaction.commit();
}

namespace {

/// Texts that no event has any more. Flags, actors and environments are looked up by their indexes; the others are few.
void drop_unused_words(Database& database) {
    database.run("DELETE FROM word WHERE attribute = ? AND NOT EXISTS (SELECT 1 FROM event WHERE flag = number)",
                 static_cast<int>(Attribute::flag));
    database.run("DELETE FROM word WHERE attribute = ? AND NOT EXISTS (SELECT 1 FROM event WHERE actor = number)",
                 static_cast<int>(Attribute::actor));
    database.run("DELETE FROM word WHERE attribute = ? AND NOT EXISTS (SELECT 1 FROM event WHERE environment = number)",
                 static_cast<int>(Attribute::environment));
}

} // namespace

Result<bool> Index::forget_events_below(std::uint64_t first, std::size_t most) {
    Transaction transaction(*database_);
    database_->run("DELETE FROM event WHERE sequence IN (SELECT sequence FROM event WHERE sequence < ? LIMIT ?)", first,
                   most);
    const bool is_all = database_->changes() < most;
    if (auto done = transaction.commit(); !done) return done.error();
    return is_all;
}

Result<> Index::forget_segments_below(std::uint64_t changes, std::uint64_t evaluations) {
    forget_words();
    Transaction transaction(*database_);
    drop_unused_words(*database_);
    for (const auto& [family, first] :
         {std::pair(Family::changes, changes), std::pair(Family::evaluations, evaluations)}) {
        database_->run("DELETE FROM segment WHERE family = ? AND first < ?", static_cast<int>(family), first);
        database_->run("DELETE FROM chunk WHERE family = ? AND segment < ?", static_cast<int>(family), first);
    }
    return transaction.commit();
}

Result<> Index::erase(std::span<const std::uint64_t> sequences) {
    forget_words();
    {
        Transaction transaction(*database_);
        for (const auto sequence : sequences) database_->run("DELETE FROM event WHERE sequence = ?", sequence);
        drop_unused_words(*database_);
        if (auto done = transaction.commit(); !done) return done;
    }
    return database_->scrub_log();
}

// --- asking ---

Result<std::uint64_t> Index::indexed() {
    std::uint64_t sequence = 0;
    database_->each("SELECT value FROM state WHERE name = 'indexed'",
                    [&](const Row& row) { sequence = row.sequence(0); });
    if (auto good = database_->take_error(); !good) return good.error();
    return sequence;
}

Result<std::optional<Summary>> Index::summary(Family family, std::uint64_t segment) {
    std::optional<Summary> summary;
    const auto tag = static_cast<int>(family);
    database_->each(
        "SELECT few_values, too_many FROM segment WHERE family = ? AND first = ?",
        [&](const Row& row) {
            summary.emplace();
            summary->values = FewValues::from(row.text(0), static_cast<std::uint32_t>(row.number(1)));
        },
        tag, segment);
    if (summary)
        database_->each(
            "SELECT offset, bytes, first_sequence, last_sequence, events, oldest, newest, attributes FROM chunk "
            "WHERE family = ? AND segment = ? ORDER BY offset",
            [&](const Row& row) {
                summary->chunks.push_back({row.sequence(0), row.sequence(1), row.sequence(2), row.sequence(3),
                                           row.sequence(4), row.time(5), row.time(6),
                                           static_cast<std::uint32_t>(row.number(7))});
            },
            tag, segment);
    if (auto good = database_->take_error(); !good) return good.error();
    return summary;
}

Result<std::vector<Index::Place>> Index::places_of(const EventId& id) {
    std::vector<Place> places;
    database_->each(
        "SELECT sequence, segment, offset FROM event WHERE id = ? ORDER BY sequence",
        [&](const Row& row) {
            places.push_back({row.sequence(0), row.sequence(1), row.sequence(2)});
        },
        id);
    if (auto good = database_->take_error(); !good) return good.error();
    return places;
}

Result<Index::Plan> Index::plan(std::span<const AttributePatterns> match) {
    // With few values of an indexed attribute each is followed in its own index and the results are merged; else all
    // events are passed over in order, which ends early because much fits.
    constexpr std::size_t most_branches = 8;
    constexpr std::array indexed{Attribute::flag, Attribute::actor, Attribute::environment};
    Plan plan;
    std::size_t fewest = most_branches + 1;
    for (const auto& one : match) {
        if (std::find(columns.begin(), columns.end(), one.attribute) == columns.end())
            continue; // judged on the event itself
        std::vector<std::string> numbers;
        database_->each(
            "SELECT number, text FROM word WHERE attribute = ?",
            [&](const Row& row) {
                if (fits(one.attribute, one.patterns, row.text(1))) numbers.push_back(std::to_string(row.number(0)));
            },
            static_cast<int>(one.attribute));
        const std::string column(info(one.attribute).name);
        std::string list;
        for (const auto& number : numbers) list += (list.empty() ? "" : ",") + number;
        plan.is_empty = plan.is_empty || numbers.empty();
        plan.condition += " AND +" + column + " IN (" + list + ")"; // the + keeps the index out of it

        if (numbers.size() < fewest && std::find(indexed.begin(), indexed.end(), one.attribute) != indexed.end()) {
            fewest = numbers.size();
            plan.branches.clear();
            for (const auto& number : numbers) plan.branches.push_back(" AND " + column + " = " + number);
        }
    }
    if (plan.branches.empty()) plan.branches.emplace_back();
    if (auto good = database_->take_error(); !good) return good.error();
    return plan;
}

Result<std::vector<Index::Place>> Index::find(const Plan& plan, std::uint64_t low, std::uint64_t high,
                                              bool newest_first, std::size_t most) {
    std::vector<Place> places;
    if (plan.is_empty || low > high) return places;
    // SQLite's numbers are signed.
    high = std::min<std::uint64_t>(high, std::numeric_limits<std::int64_t>::max());
    for (const auto& branch : plan.branches)
        database_->each_once(
            "SELECT sequence, segment, offset FROM event WHERE sequence >= ? AND sequence <= ?" + plan.condition +
                branch + " ORDER BY sequence " + (newest_first ? "DESC" : "ASC") + " LIMIT ?",
            [&](sqlite3_stmt* statement) {
                database_->bind(statement, 1, low);
                database_->bind(statement, 2, high);
                database_->bind(statement, 3, most);
            },
            [&](const Row& row) {
                places.push_back({row.sequence(0), row.sequence(1), row.sequence(2)});
            });
    if (auto good = database_->take_error(); !good) return good.error();
    std::sort(places.begin(), places.end(), [&](const Place& a, const Place& b) {
        return newest_first ? a.sequence > b.sequence : a.sequence < b.sequence;
    });
    if (places.size() > most) places.resize(most);
    return places;
}

} // namespace webhookd::journal
