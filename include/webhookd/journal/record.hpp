#pragma once

#include "webhookd/base/attributes.hpp"
#include "webhookd/base/id.hpp"
#include "webhookd/base/units.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace webhookd::journal {

/// Kept apart, so that a flood of evaluations never pushes out history. On disk: never renumber.
enum class Family : std::uint8_t {
    changes = 1,     // flags, versions, audit, unknown: rare, searched, kept long
    evaluations = 2, // identities, flag evaluations: thousands a second, kept briefly
};

/// A stored event as it is read back; the views live as long as whatever handed it out says.
struct Entry {
    std::uint64_t sequence = 0;
    EventId id;
    Time received;
    Family family = Family::changes;
    AttributeView attributes;
    std::string_view body;
};

enum class AppendStatus : std::uint8_t {
    stored,    // on stable storage (or as `sync` says)
    duplicate, // the same id is already stored for this endpoint, and durable
    no_space,  // could not be stored until the deadline: disk full, or a store that refuses
    stopping,  // the journal is closing
};

/// One append under way. The caller owns it and keeps it, and what its views show, alive and unmoved until `complete`
/// is called.
struct Append {
    // What to store.
    EventId id;
    Time received;
    Family family = Family::changes;
    std::string_view attributes; // AttributeWriter::bytes()
    std::string_view body;
    std::string_view endpoint;               // duplicates are per endpoint
    Duration duplicate_window{0};            // 0: never a duplicate
    unsigned quarantine_status = 0;          // with reasons: what is answered, 400 or 422
    std::string_view quarantine_reasons;     // not empty: goes to quarantine, with this JSON array of violations
    SteadyTime deadline = SteadyTime::max(); // how long to wait for room

    // What came of it.
    AppendStatus status = AppendStatus::stopping;
    std::uint64_t sequence = 0;

    /// Called once, on the journal's writer thread, when the outcome is known. Must not block or throw.
    void (*complete)(Append&) noexcept = nullptr;
    /// The journal's while under way, the caller's again inside `complete`.
    Append* next = nullptr;
};

} // namespace webhookd::journal
