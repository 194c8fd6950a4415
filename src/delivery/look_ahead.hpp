#pragma once

#include "webhookd/delivery/matcher.hpp"
#include "webhookd/journal/journal.hpp"

#include <cstdint>
#include <memory>

namespace webhookd::delivery {

/// Counts what waits for a lane behind the events that it has read: a lane that cannot go on looks ahead now and then,
/// so that its backlog is known however long it lasts, without holding any of it.
class LookAhead {
public:
    /// The lane begins behind this sequence.
    void begin(std::uint64_t sequence) noexcept { looked_at_ = sequence; }
    /// Everything up to here is known.
    std::uint64_t looked_at() const noexcept { return looked_at_; }
    /// Matching events between what the lane has read and looked_at().
    std::uint64_t events() const noexcept { return events_; }
    std::uint64_t bytes() const noexcept { return bytes_; }

    /// The lane itself has read an event.
    void passed(const journal::Entry& entry, bool matches) noexcept;
    /// Looks at what comes next, a bounded piece of it. False when there is nothing more to look at.
    Result<bool> look_on(journal::Journal& journal, const Matcher& matcher);
    /// The lane goes on by itself.
    void rest() noexcept { reader_.reset(); }

private:
    std::unique_ptr<journal::Reader> reader_;
    std::uint64_t looked_at_ = 0;
    std::uint64_t events_ = 0;
    std::uint64_t bytes_ = 0;
};

} // namespace webhookd::delivery
