#pragma once

#include "webhookd/config/settings.hpp"
#include "webhookd/delivery/replay.hpp"
#include "webhookd/delivery/status.hpp"
#include "webhookd/journal/journal.hpp"
#include "webhookd/sink/type.hpp"
#include "webhookd/telemetry/metrics.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

/// Hands stored events on to the sinks: at least once, in order, however long a destination is away.
namespace webhookd::delivery {

/// All lanes, one for each configured sink. Safe from any thread; calls that change something may wait for a lane that
/// finishes what it has under way, or for the disk.
class Delivery {
public:
    /// A sink that is no longer configured keeps its place for this long.
    static constexpr Duration keep_removed = std::chrono::hours(24 * 7);

    /// `types` are the sinks that are built in. The journal must outlive this.
    /// With Mode::redeliver_only nothing is delivered but what replay() and retry() ask for, and no place moves: for a
    /// command without a daemon.
    enum class Mode : std::uint8_t { normal, redeliver_only };
    Delivery(journal::Journal& journal, std::span<const sink::SinkType> types, Mode mode = Mode::normal);
    /// As stop() with no time to lose.
    ~Delivery();
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;

    /// Starts a lane for each of the sinks, at start and on each reload: lanes whose settings are the same go on,
    /// others stop or start, each where it was. Throws std::runtime_error where a sink's settings cannot work at all;
    /// then nothing has changed.
    void apply(const std::vector<config::Sink>& sinks);

    /// SIGHUP: sinks reopen their files.
    void reopen();

    /// Stops all lanes: they finish what is under way and what is at hand; after `patience` they are told to let go.
    /// False where a sink blocks even so: then the process must end by std::_Exit, without destroying the journal.
    [[nodiscard]] bool stop(Duration patience);

    /// One for each configured sink, in the order of their names.
    std::vector<LaneStatus> lanes() const;
    void collect(telemetry::Exposition& out) const;

    /// Whether intake must stop because the backlog of a sink with when_full = "refuse" is full. Quick.
    bool refuses() const noexcept;

    /// Stops or goes on with delivering to a sink; survives restarts. An error where there is no such sink or the
    /// store cannot be written.
    Result<> pause(std::string_view sink, bool paused);

    // --- once more --- (an error where there is no such sink, or the store cannot be read)

    /// Starts to deliver stored events to a sink once more, marked as a redelivery, beside its own events. The number
    /// is that of the Redelivery.
    Result<std::uint64_t> replay(std::string_view sink, Replay replay);
    /// How many events that would be. Reads them all.
    Result<std::uint64_t> count(std::string_view sink, const Replay& replay) const;
    /// Starts to try dead letters of a sink again; those that get through are removed from the ledger.
    Result<std::uint64_t> retry(std::string_view sink, Retry retry);
    /// What was started, the latest first; old ones that are over are forgotten.
    std::vector<Redelivery> redeliveries() const;

    /// What is due once a day, to be called more often than that: warns of sinks that are gone from the configuration
    /// and forgets them after keep_removed.
    void look_after_removed(Time now);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace webhookd::delivery
