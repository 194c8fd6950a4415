#pragma once

// What the files of class Ledger share: ledger.cpp (lanes), dead_letters.cpp, quarantine.cpp.

#include "journal/sqlite.hpp"
#include "webhookd/journal/ledger.hpp"

#include <string>

namespace webhookd::journal {

void settle_one(Database& database, const Settled& cursor);

/// Kept by the schema's triggers under "dead letters LANE", "quarantine" and "unverified ENDPOINT".
Amount amount_of(Database& database, const std::string& what);

inline bool beyond(const Amount& amount, const Amount& most) {
    return amount.count > most.count || amount.bytes > most.bytes;
}

} // namespace webhookd::journal
