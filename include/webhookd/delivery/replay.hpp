#pragma once

#include "webhookd/base/time.hpp"
#include "webhookd/config/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace webhookd::delivery {

/// Stored events that are to be delivered to a sink once more.
struct Replay {
    /// These, whatever the sink's own filters say …
    std::vector<std::uint64_t> sequences;
    /// … or, where there are none: of the events received from `since` on and before `until`, those that the sink's
    /// filters let through and that match these as well.
    std::optional<Time> since;
    std::optional<Time> until;
    config::Filter match;
};

/// Dead letters that are to be tried again.
struct Retry {
    std::vector<std::int64_t> numbers; // these; none: all of the sink
};

/// A replay or retry, under way or over. It ends with the daemon: what was not delivered by then is not delivered
/// later.
struct Redelivery {
    std::uint64_t number = 0; // rising, since the daemon started
    std::string sink;
    bool is_retry = false; // of dead letters
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0; // in the dead letters now
    bool is_over = false;
    std::string why; // it ended early, or why the last one failed
};

} // namespace webhookd::delivery
