#include "app/retention_clock.hpp"

#include <spdlog/spdlog.h>

#include <ctime>

namespace webhookd::app {
namespace {

using namespace std::chrono_literals;

constexpr Duration leap = 1h; // less is an ordinary correction
constexpr Duration doubt = 24h;

} // namespace

Time RetentionClock::at(Time wall, Duration since_boot) {
    if (!last_) last_ = Look{wall, since_boot};
    const Time expected = last_->time + (since_boot - last_->since_boot);
    Time time = wall;
    if (wall <= expected + leap) {
        if (leapt_) end_leap("was put back");
    } else if (leapt_ && since_boot - *leapt_ >= doubt) {
        end_leap("has stayed there and is believed");
    } else {
        if (!leapt_) begin_leap(std::chrono::duration_cast<Duration>(wall - expected), since_boot);
        time = expected;
    }
    last_ = Look{time, since_boot};
    return time;
}

void RetentionClock::begin_leap(Duration size, Duration since_boot) {
    leapt_ = since_boot;
    spdlog::warn("the clock has leapt forward by {} min: unless it is put back, events that are old by it are removed "
                 "in {}",
                 std::chrono::duration_cast<std::chrono::minutes>(size).count(), format_duration(doubt));
}

void RetentionClock::end_leap(std::string_view how) {
    leapt_.reset();
    spdlog::info("the clock that had leapt forward {}", how);
}

Duration time_since_boot() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::duration_cast<Duration>(std::chrono::seconds{time.tv_sec} +
                                                std::chrono::nanoseconds{time.tv_nsec});
}

} // namespace webhookd::app
