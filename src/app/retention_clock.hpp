#pragma once

#include "webhookd/base/time.hpp"
#include "webhookd/base/units.hpp"

#include <optional>

namespace webhookd::app {

/// The time by which stored events are found to be old enough to go. It is the wall clock, except that a leap of it
/// forward counts only after a day: a wrong clock that is put right within that has then removed nothing. While it does
/// not count, time goes on from before the leap, so that what is to go meanwhile goes.
class RetentionClock {
public:
    /// Called now and then, with the wall clock and one that nobody can set (and that runs while the machine sleeps).
    Time at(Time wall, Duration since_boot);

private:
    void begin_leap(Duration size, Duration since_boot);
    void end_leap(std::string_view how);

    struct Look {
        Time time;
        Duration since_boot;
    };
    std::optional<Look> last_;
    std::optional<Duration> leapt_; // when, since boot
};

/// For the argument of RetentionClock::at.
Duration time_since_boot() noexcept;

} // namespace webhookd::app
