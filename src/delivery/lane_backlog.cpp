#include "delivery/lane.hpp"

/// What waits for a lane, and what happens when that is too much.
namespace webhookd::delivery {
namespace {

constexpr auto look_every = std::chrono::milliseconds(250);
/// How much is looked at each time: enough to keep up with any intake, little enough not to be in the way.
constexpr int most_pieces = 40;

} // namespace

/// Called where the lane may have to wait: from now on its backlog is looked at until it goes on by itself.
void Lane::watch_backlog() {
    if (is_watching_backlog_ || is_stopping_) return;
    is_watching_backlog_ = true;
    backlog_timer_.expires_after(look_every);
    backlog_timer_.async_wait([this](boost::system::error_code error) {
        is_watching_backlog_ = false;
        if (!error) measure_backlog();
    });
}

void Lane::measure_backlog() {
    if (window_.is_empty()) return ahead_.rest(); // it goes on by itself
    for (int piece = 0; piece < most_pieces; ++piece) {
        const auto more = ahead_.look_on(journal_, matcher_);
        if (!more || !*more) break;
    }
    publish();
    if (must_skip()) wake_all();
    watch_backlog();
}

bool Lane::must_skip() const noexcept {
    return settings_.when_full == config::Sink::WhenFull::skip &&
           window_.bytes() + ahead_.bytes() > settings_.max_backlog.bytes;
}

/// Gives up the oldest events until the backlog is within its bound again, as far as they have been read.
void Lane::skip_oldest() {
    const auto from = window_.oldest() ? window_.oldest()->received : Time{};
    std::uint64_t skipped = 0;
    while (must_skip() && window_.skip_oldest()) ++skipped;
    if (skipped == 0) return;
    skipped_.add(skipped);
    const auto why = "the backlog is full (" + format_size(settings_.max_backlog) + ")";
    note_error(why);
    if (skip_warning_.pass(std::chrono::steady_clock::now()))
        spdlog::error("sink {}: {}: its oldest events are given up, {} so far, now those from {} on", settings_.name,
                      why, skipped_.value(), format_time_seconds(from));
    publish();
}

/// Intake goes on again at nine tenths, so that it is not stopped and let go with each event.
void Lane::decide_whether_to_refuse() {
    if (settings_.when_full != config::Sink::WhenFull::refuse) return;
    const auto waiting = window_.bytes() + ahead_.bytes(), most = settings_.max_backlog.bytes;
    const bool refuses = is_refusing_ ? waiting > most / 10 * 9 : waiting > most;
    if (refuses == is_refusing_) return;
    set_refusing(refuses);
    spdlog::warn("sink {}: the backlog {}, intake {}", settings_.name, refuses ? "is full" : "has room again",
                 refuses ? "stops" : "goes on");
}

void Lane::set_refusing(bool refusing) noexcept {
    if (is_refusing_.exchange(refusing) == refusing) return;
    if (refusing)
        ++refusing_;
    else
        --refusing_;
}

} // namespace webhookd::delivery
