#pragma once

#include "webhookd/ingest/routes.hpp"
#include "webhookd/journal/ledger.hpp"
#include "webhookd/runtime/task.hpp"
#include "webhookd/telemetry/log.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace webhookd::ingest {

/// Bodies that no secret fitted, on their way into quarantine: what `keep_unverified` asks for, so that a mistyped
/// secret does not lose events. The sender was answered already; whoever floods it loses what does not fit in here, and
/// holds up nobody.
class UnverifiedKeeper : public std::enable_shared_from_this<UnverifiedKeeper> {
public:
    /// Puts bodies of one endpoint into its ring of `most` bytes; waits for the disk.
    using Keep =
        std::function<Result<>(std::string_view endpoint, std::span<const journal::Quarantined> bodies, ByteSize most)>;

    UnverifiedKeeper(Executor background, Keep keep) : background_(background), keep_(std::move(keep)) {}

    /// On an intake thread: a copy and a short lock. `route` asks for keep_unverified.
    void refused(std::shared_ptr<const Routes> routes, std::shared_ptr<const Route> route, std::string_view body,
                 std::string_view signature, Time received);
    /// Writes what still waits; afterwards nothing is kept any more.
    void close();

    static constexpr std::size_t most_waiting = 8u << 20; // bytes, with what each takes beside its body
    static constexpr std::size_t most_written = 128;      // at once: others want the ledger too

private:
    struct Refused {
        std::shared_ptr<const Routes> routes;
        std::shared_ptr<const Route> route;
        std::string body, signature;
        Time received;
        std::size_t bytes() const noexcept { return sizeof(Refused) + body.size() + signature.size(); }
    };
    std::vector<Refused> take_waiting();
    void write(std::vector<Refused> refused);
    void write_ring(const Route& route, std::span<const journal::Quarantined> bodies);

    Executor background_;
    const Keep keep_;
    std::mutex mutex_;             // guards the following
    std::vector<Refused> waiting_; // the background is asked to write when the first one comes
    std::size_t waiting_bytes_ = 0;
    bool is_closed_ = false;
    telemetry::RateLimit kept_line_{std::chrono::seconds{60}}, lost_line_{std::chrono::seconds{60}};
};

} // namespace webhookd::ingest
