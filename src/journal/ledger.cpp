#include "webhookd/journal/ledger.hpp"

#include "journal/ledger_parts.hpp"

#include <stdexcept>

namespace webhookd::journal {
namespace {

constexpr int schema_version = 1;

// The triggers keep the amounts, so that a bound is checked without counting rows.
constexpr const char* schema = R"(
    BEGIN;
    CREATE TABLE lane(
        name TEXT PRIMARY KEY,
        settled INTEGER NOT NULL DEFAULT 0,
        paused INTEGER NOT NULL DEFAULT 0,
        removed INTEGER
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE dead_letter(
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        lane TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        id BLOB NOT NULL,
        received INTEGER NOT NULL,
        why TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        died INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        attributes BLOB NOT NULL,
        body BLOB NOT NULL,
        UNIQUE(lane, sequence)
    ) STRICT;
    CREATE INDEX dead_letter_by_lane ON dead_letter(lane, number);

    CREATE TABLE quarantine(
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id BLOB NOT NULL UNIQUE,
        received INTEGER NOT NULL,
        endpoint TEXT NOT NULL,
        status INTEGER NOT NULL,
        signature TEXT NOT NULL,
        reasons TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        attributes BLOB NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX quarantine_unverified ON quarantine(endpoint, number) WHERE status = 401;
    CREATE INDEX quarantine_others ON quarantine(number) WHERE status <> 401;

    CREATE TABLE amount(
        what TEXT PRIMARY KEY,
        count INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER dead_letter_came AFTER INSERT ON dead_letter BEGIN
        INSERT INTO amount VALUES('dead letters ' || new.lane, 1, new.bytes)
            ON CONFLICT(what) DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
    END;
    CREATE TRIGGER dead_letter_went AFTER DELETE ON dead_letter BEGIN
        UPDATE amount SET count = count - 1, bytes = bytes - old.bytes WHERE what = 'dead letters ' || old.lane;
    END;
    CREATE TRIGGER quarantine_came AFTER INSERT ON quarantine BEGIN
        INSERT INTO amount VALUES(iif(new.status = 401, 'unverified ' || new.endpoint, 'quarantine'), 1, new.bytes)
            ON CONFLICT(what) DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
    END;
    CREATE TRIGGER quarantine_went AFTER DELETE ON quarantine BEGIN
        UPDATE amount SET count = count - 1, bytes = bytes - old.bytes
            WHERE what = iif(old.status = 401, 'unverified ' || old.endpoint, 'quarantine');
    END;
    PRAGMA user_version = 1;
    COMMIT;
)";

std::filesystem::path ledger_file(const std::filesystem::path& directory) {
    return directory / "ledger.db";
}

int version_of(Database& database) {
    int version = 0;
    database.each("PRAGMA user_version", [&](const Row& row) { version = static_cast<int>(row.number(0)); });
    database.take_error().value();
    if (version > schema_version)
        throw std::runtime_error("the ledger of the store has version " + std::to_string(version) +
                                 ", this program knows up to " + std::to_string(schema_version) +
                                 ": use the flagsmith-webhookd that wrote it, or a newer one");
    return version;
}

LaneState read_lane(const Row& row) {
    LaneState state{std::string(row.text(0)), row.sequence(1), row.number(2) != 0, {}};
    if (!row.is_null(3)) state.removed_since = row.time(3);
    return state;
}

} // namespace

std::unique_ptr<Ledger> Ledger::open(const std::filesystem::path& directory, const LedgerBounds& bounds) {
    auto database = std::make_unique<Database>(ledger_file(directory), Database::Mode::write, true);
    if (version_of(*database) == 0) {
        database->execute(schema);
        database->take_error().value();
    }
    return std::unique_ptr<Ledger>(new Ledger(std::move(database), bounds));
}

std::unique_ptr<Ledger> Ledger::open_to_read(const std::filesystem::path& directory) {
    auto database = std::make_unique<Database>(ledger_file(directory), Database::Mode::read, true);
    version_of(*database);
    return std::unique_ptr<Ledger>(new Ledger(std::move(database), {}));
}

Ledger::Ledger(std::unique_ptr<Database> database, const LedgerBounds& bounds)
    : database_(std::move(database)), bounds_(bounds) {}
Ledger::~Ledger() = default;

Result<std::vector<LaneState>> Ledger::lanes() {
    const std::lock_guard lock(mutex_);
    std::vector<LaneState> lanes;
    database_->each("SELECT name, settled, paused, removed FROM lane ORDER BY name",
                    [&](const Row& row) { lanes.push_back(read_lane(row)); });
    if (auto good = database_->take_error(); !good) return good.error();
    return lanes;
}

Result<std::optional<LaneState>> Ledger::lane(std::string_view name) {
    const std::lock_guard lock(mutex_);
    std::optional<LaneState> lane;
    database_->each(
        "SELECT name, settled, paused, removed FROM lane WHERE name = ?",
        [&](const Row& row) { lane = read_lane(row); }, name);
    if (auto good = database_->take_error(); !good) return good.error();
    return lane;
}

void settle_one(Database& database, const Settled& cursor) {
    database.run(
        "INSERT INTO lane(name, settled) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET settled = excluded.settled",
        cursor.lane, cursor.sequence);
}

Amount amount_of(Database& database, const std::string& what) {
    Amount amount;
    database.each(
        "SELECT count, bytes FROM amount WHERE what = ?",
        [&](const Row& row) {
            amount = {row.sequence(0), row.sequence(1)};
        },
        what);
    return amount;
}

Result<> Ledger::settle(std::span<const Settled> cursors) {
    const std::lock_guard lock(mutex_);
    Transaction transaction(*database_);
    for (const auto& cursor : cursors) settle_one(*database_, cursor);
    return transaction.commit();
}

Result<> Ledger::set_paused(std::string_view lane, bool paused) {
    const std::lock_guard lock(mutex_);
    database_->run(
        "INSERT INTO lane(name, paused) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET paused = excluded.paused", lane,
        paused);
    return database_->take_error();
}

Result<> Ledger::set_removed(std::string_view lane, std::optional<Time> since) {
    const std::lock_guard lock(mutex_);
    database_->run("UPDATE lane SET removed = ? WHERE name = ?", since, lane);
    return database_->take_error();
}

Result<> Ledger::forget_lane(std::string_view lane) {
    const std::lock_guard lock(mutex_);
    Transaction transaction(*database_);
    database_->run("DELETE FROM dead_letter WHERE lane = ?", lane);
    database_->run("DELETE FROM lane WHERE name = ?", lane);
    return transaction.commit();
}

Result<> Ledger::copy_to(const std::filesystem::path& file) {
    const std::lock_guard lock(mutex_);
    return database_->copy_to(file);
}

Result<std::vector<std::string>> Ledger::check() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> findings;
    database_->each("PRAGMA integrity_check(20)", [&](const Row& row) {
        if (row.text(0) != "ok") findings.emplace_back(row.text(0));
    });
    if (auto good = database_->take_error(); !good) findings.push_back(good.error().message);
    return findings;
}

} // namespace webhookd::journal
