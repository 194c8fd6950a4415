#include "journal/ledger_parts.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace webhookd::journal {
namespace {

void put(Database& database, const Quarantined& body) {
    database.run("DELETE FROM quarantine WHERE id = ?", body.id);
    database.run("INSERT INTO quarantine(id, received, endpoint, status, signature, reasons, bytes, attributes, body) "
                 "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 body.id, body.received, body.endpoint, body.status, body.signature, body.reasons,
                 body.attributes.size() + body.body.size() + body.reasons.size(), Blob{body.attributes},
                 Blob{body.body});
}

Quarantined read_body(const Row& row, bool with_body) {
    Quarantined body;
    body.id = row.id(0);
    body.received = row.time(1);
    body.endpoint = row.text(2);
    body.status = static_cast<unsigned>(row.number(3));
    body.signature = row.text(4);
    body.reasons = row.text(5);
    body.attributes = row.text(6);
    if (with_body) body.body = row.text(7);
    return body;
}

/// The names of an erasure as they stand in JSON, in quotes: with characters beyond ASCII as they are, and escaped.
std::vector<std::string> as_json(const Erasure& erasure) {
    std::vector<std::string> texts;
    for (const auto* names : {&erasure.actors, &erasure.identities})
        for (const auto& name : *names)
            for (const bool is_ascii : {false, true})
                texts.push_back(nlohmann::json(name).dump(-1, ' ', is_ascii, nlohmann::json::error_handler_t::replace));
    return texts;
}

std::vector<std::int64_t> concerned_letters(Database& database, const Erasure& erasure) {
    std::vector<std::int64_t> numbers;
    database.each("SELECT number, id, attributes FROM dead_letter", [&](const Row& row) {
        if (erasure.concerns(row.id(1), AttributeView(row.text(2)))) numbers.push_back(row.number(0));
    });
    return numbers;
}

/// What is in quarantine was not understood, so its attributes may lack what its body holds: a name anywhere in it is
/// enough.
std::vector<std::int64_t> concerned_bodies(Database& database, const Erasure& erasure) {
    const auto names = as_json(erasure);
    std::vector<std::int64_t> numbers;
    database.each("SELECT number, id, attributes, body FROM quarantine", [&](const Row& row) {
        const auto body = row.text(3);
        if (erasure.concerns(row.id(1), AttributeView(row.text(2))) ||
            std::any_of(names.begin(), names.end(), [&](const auto& name) { return body.find(name) != body.npos; }))
            numbers.push_back(row.number(0));
    });
    return numbers;
}

} // namespace

Result<> Ledger::quarantine(std::span<const Quarantined> bodies) {
    const std::lock_guard lock(mutex_);
    Transaction transaction(*database_);
    for (const auto& body : bodies) put(*database_, body);
    while (database_->good() && beyond(amount_of(*database_, "quarantine"), bounds_.quarantined))
        database_->run(
            "DELETE FROM quarantine WHERE number = (SELECT min(number) FROM quarantine WHERE status <> 401)");
    return transaction.commit();
}

Result<> Ledger::keep_unverified(std::string_view endpoint, std::span<const Quarantined> bodies, ByteSize most) {
    const std::lock_guard lock(mutex_);
    Transaction transaction(*database_);
    for (const auto& body : bodies) put(*database_, body);
    const auto ring = "unverified " + std::string(endpoint);
    while (database_->good() && amount_of(*database_, ring).bytes > most.bytes)
        database_->run("DELETE FROM quarantine WHERE number = "
                       "(SELECT min(number) FROM quarantine WHERE status = 401 AND endpoint = ?)",
                       endpoint);
    return transaction.commit();
}

Result<std::vector<Quarantined>> Ledger::quarantined(const QuarantineQuery& query) {
    const std::lock_guard lock(mutex_);
    std::vector<Quarantined> bodies;
    database_->each(
        "SELECT id, received, endpoint, status, signature, reasons, attributes, body FROM quarantine "
        "WHERE number > coalesce((SELECT number FROM quarantine WHERE id = ?1), 0) AND (?2 = '' OR endpoint = ?2) "
        "ORDER BY number LIMIT ?3",
        [&](const Row& row) { bodies.push_back(read_body(row, query.with_body)); }, query.after, query.endpoint,
        query.limit);
    if (auto good = database_->take_error(); !good) return good.error();
    return bodies;
}

Result<std::optional<Quarantined>> Ledger::quarantined(const EventId& id) {
    const std::lock_guard lock(mutex_);
    std::optional<Quarantined> body;
    database_->each(
        "SELECT id, received, endpoint, status, signature, reasons, attributes, body FROM quarantine WHERE id = ?",
        [&](const Row& row) { body = read_body(row, true); }, id);
    if (auto good = database_->take_error(); !good) return good.error();
    return body;
}

Result<std::size_t> Ledger::remove_quarantined(std::span<const EventId> ids) {
    const std::lock_guard lock(mutex_);
    Transaction transaction(*database_);
    std::size_t removed = 0;
    for (const auto& id : ids) {
        database_->run("DELETE FROM quarantine WHERE id = ?", id);
        removed += database_->changes();
    }
    if (auto good = transaction.commit(); !good) return good.error();
    return removed;
}

Result<Amount> Ledger::quarantine_amount() {
    const std::lock_guard lock(mutex_);
    Amount amount;
    database_->each("SELECT coalesce(sum(count), 0), coalesce(sum(bytes), 0) FROM amount "
                    "WHERE what = 'quarantine' OR what LIKE 'unverified %'",
                    [&](const Row& row) {
                        amount = {row.sequence(0), row.sequence(1)};
                    });
    if (auto good = database_->take_error(); !good) return good.error();
    return amount;
}

Result<std::size_t> Ledger::erase(const Erasure& erasure) {
    const std::lock_guard lock(mutex_);
    const auto letters = concerned_letters(*database_, erasure);
    const auto bodies = concerned_bodies(*database_, erasure);
    {
        Transaction transaction(*database_);
        for (const auto number : letters) database_->run("DELETE FROM dead_letter WHERE number = ?", number);
        for (const auto number : bodies) database_->run("DELETE FROM quarantine WHERE number = ?", number);
        if (auto good = transaction.commit(); !good) return good.error();
    }
    if (auto good = database_->scrub_log(); !good) return good.error();
    return letters.size() + bodies.size();
}

} // namespace webhookd::journal
