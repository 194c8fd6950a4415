#include "journal/ledger_parts.hpp"

namespace webhookd::journal {
namespace {

DeadLetter read_letter(const Row& row, bool with_body) {
    DeadLetter letter;
    letter.number = row.number(0);
    letter.lane = row.text(1);
    letter.sequence = row.sequence(2);
    letter.id = row.id(3);
    letter.received = row.time(4);
    letter.why = row.text(5);
    letter.attempts = static_cast<std::uint32_t>(row.number(6));
    letter.died = row.time(7);
    letter.attributes = row.text(8);
    if (with_body) letter.body = row.text(9);
    return letter;
}

} // namespace

Result<std::size_t> Ledger::bury(std::span<const DeadLetter> letters, std::optional<Settled> cursor) {
    const std::lock_guard lock(mutex_);
    Transaction transaction(*database_);
    std::size_t dropped = 0;
    for (const auto& letter : letters) {
        // A crash may have an event delivered, and given up on, once more: it is still one letter.
        database_->run("DELETE FROM dead_letter WHERE lane = ? AND sequence = ?", letter.lane, letter.sequence);
        database_->run(
            "INSERT INTO dead_letter(lane, sequence, id, received, why, attempts, died, bytes, attributes, body) "
            "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            letter.lane, letter.sequence, letter.id, letter.received, letter.why, letter.attempts, letter.died,
            letter.attributes.size() + letter.body.size(), Blob{letter.attributes}, Blob{letter.body});
        const auto what = "dead letters " + letter.lane;
        while (database_->good() && beyond(amount_of(*database_, what), bounds_.dead_letters)) {
            database_->run(
                "DELETE FROM dead_letter WHERE number = (SELECT min(number) FROM dead_letter WHERE lane = ?)",
                letter.lane);
            ++dropped;
        }
    }
    if (cursor) settle_one(*database_, *cursor);
    if (auto good = transaction.commit(); !good) return good.error();
    return dropped;
}

Result<std::vector<DeadLetter>> Ledger::dead_letters(const DeadLetterQuery& query) {
    const std::lock_guard lock(mutex_);
    std::vector<DeadLetter> letters;
    const auto take = [&](const Row& row) { letters.push_back(read_letter(row, query.with_body)); };
    if (query.lane.empty())
        database_->each(
            "SELECT number, lane, sequence, id, received, why, attempts, died, attributes, body FROM dead_letter "
            "WHERE number > ? ORDER BY number LIMIT ?",
            take, query.after, query.limit);
    else
        database_->each(
            "SELECT number, lane, sequence, id, received, why, attempts, died, attributes, body FROM dead_letter "
            "WHERE lane = ? AND number > ? ORDER BY number LIMIT ?",
            take, query.lane, query.after, query.limit);
    if (auto good = database_->take_error(); !good) return good.error();
    return letters;
}

Result<std::optional<DeadLetter>> Ledger::dead_letter(std::int64_t number) {
    const std::lock_guard lock(mutex_);
    std::optional<DeadLetter> letter;
    database_->each(
        "SELECT number, lane, sequence, id, received, why, attempts, died, attributes, body FROM dead_letter "
        "WHERE number = ?",
        [&](const Row& row) { letter = read_letter(row, true); }, number);
    if (auto good = database_->take_error(); !good) return good.error();
    return letter;
}

Result<std::size_t> Ledger::remove_dead_letters(std::span<const std::int64_t> numbers) {
    const std::lock_guard lock(mutex_);
    Transaction transaction(*database_);
    std::size_t removed = 0;
    for (const auto number : numbers) {
        database_->run("DELETE FROM dead_letter WHERE number = ?", number);
        removed += database_->changes();
    }
    if (auto good = transaction.commit(); !good) return good.error();
    return removed;
}

Result<Amount> Ledger::dead_letter_amount(std::string_view lane) {
    const std::lock_guard lock(mutex_);
    Amount amount;
    if (lane.empty())
        database_->each(
            "SELECT coalesce(sum(count), 0), coalesce(sum(bytes), 0) FROM amount WHERE what LIKE 'dead letters %'",
            [&](const Row& row) {
                amount = {row.sequence(0), row.sequence(1)};
            });
    else
        amount = amount_of(*database_, "dead letters " + std::string(lane));
    if (auto good = database_->take_error(); !good) return good.error();
    return amount;
}

} // namespace webhookd::journal
