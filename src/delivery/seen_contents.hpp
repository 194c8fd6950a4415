#pragma once

#include "webhookd/base/id.hpp"

#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>

namespace webhookd::delivery {

/// Which contents came in on which endpoint, of late: for `once`, where two webhooks of Flagsmith report the same
/// change. Pure; the same events in the same order always give the same answers.
class SeenContents {
public:
    /// Both webhooks report within seconds; this many events with an id of their content lie hardly ever between.
    static constexpr std::size_t most = 65'536;
    /// So much of the store is looked through at a start to remember what was.
    static constexpr std::uint64_t most_past = 100'000;

    /// Notes an event. True where the same content came in before on another endpoint.
    bool repeats(const EventId& id, std::string_view endpoint);

private:
    std::unordered_map<EventId, std::size_t> first_; // the endpoint, hashed
    std::deque<EventId> order_;
};

} // namespace webhookd::delivery
