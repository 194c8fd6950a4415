#pragma once

#include "webhookd/http/message.hpp"
#include "webhookd/ingest/routes.hpp"
#include "webhookd/journal/journal.hpp"

#include <atomic>
#include <functional>
#include <memory>

namespace webhookd::ingest {

/// Whether intake must stop for another reason than the disk: a sink with when_full = "refuse" has no room.
using Refuses = std::function<bool()>;

class RefusalLog;
class UnverifiedKeeper;

/// The way of an event: route → verify → decode → append → answer. One instance serves every connection of every
/// thread. The journal must outlive it; `refuses` is called on intake threads and must be quick.
class Pipeline final : public http::Handler {
public:
    /// `background` is for what may take a while and must not hold up intake: it runs there after the answer.
    Pipeline(std::shared_ptr<const Routes> routes, journal::Journal& journal, Metrics& metrics, Refuses refuses,
             Executor background);
    ~Pipeline() override;

    http::HeadDecision on_head(const http::RequestHead& head, std::shared_ptr<const void>& state) override;
    Task<http::Answer> handle(const http::RequestHead& head, std::string_view body,
                              std::shared_ptr<const void> state) override;

    /// Puts up a new configuration; requests under way keep theirs.
    void replace(std::shared_ptr<const Routes> routes) noexcept { routes_.store(std::move(routes)); }
    std::shared_ptr<const Routes> routes() const noexcept { return routes_.load(); }
    /// From the first signal on the health path answers 503, so that a balancer looks elsewhere while requests are
    /// still served.
    void start_draining() noexcept { draining_.store(true, std::memory_order_relaxed); }
    bool is_ready() const noexcept { return !draining_.load(std::memory_order_relaxed) && journal_.can_store(); }

private:
    std::atomic<std::shared_ptr<const Routes>> routes_;
    journal::Journal& journal_;
    Metrics& metrics_;
    Refuses refuses_;
    std::unique_ptr<RefusalLog> refusal_log_;
    std::shared_ptr<UnverifiedKeeper> unverified_;
    std::atomic<bool> draining_{false};
};

} // namespace webhookd::ingest
