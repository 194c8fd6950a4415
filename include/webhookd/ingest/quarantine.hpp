#pragma once

#include "webhookd/ingest/routes.hpp"
#include "webhookd/journal/journal.hpp"

#include <string>
#include <vector>

namespace webhookd::ingest {

/// What became of one message that was looked at again.
struct Reconsidered {
    EventId id;      // in quarantine
    bool accepted;   // it is an event now, and out of quarantine
    std::string why; // not accepted: one sentence
};

/// Looks at quarantined messages again with today's rules and secrets; those that fit become events, in the name of the
/// endpoint and with the time of their first receipt. No ids: all that are there. Waits for the disk: not for an intake
/// thread.
Result<std::vector<Reconsidered>> reconsider(journal::Journal& journal, const Routes& routes,
                                             const std::vector<EventId>& ids);

} // namespace webhookd::ingest
