#include "ingest/unverified.hpp"

#include "ingest/refusal_log.hpp"

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>

namespace webhookd::ingest {
namespace {

/// To look for a reason takes up to a millisecond: of a flood only the first ones are looked at.
constexpr std::size_t most_explained = 100;

/// The violation that `quarantine list` shows.
std::string reason_in_json(std::string_view why) {
    const nlohmann::ordered_json reason{{"pointer", ""}, {"rule", "signature"}, {"detail", why}, {"status", 401}};
    return nlohmann::ordered_json::array({reason}).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

void UnverifiedKeeper::refused(std::shared_ptr<const Routes> routes, std::shared_ptr<const Route> route,
                               std::string_view body, std::string_view signature, Time received) {
    auto& metrics = *route->metrics;
    const auto bytes = sizeof(Refused) + body.size() + signature.size();
    {
        const std::lock_guard lock(mutex_);
        if (is_closed_ || waiting_bytes_ + bytes > most_waiting || body.size() > route->settings.keep_unverified->bytes)
            return metrics.unverified(UnverifiedResult::lost);
        waiting_bytes_ += bytes;
    }
    Refused one{std::move(routes), std::move(route), std::string(body), std::string(signature), received};
    const std::lock_guard lock(mutex_);
    if (is_closed_) return metrics.unverified(UnverifiedResult::lost);
    waiting_.push_back(std::move(one));
    if (waiting_.size() == 1)
        asio::post(background_, [self = shared_from_this()] { self->write(self->take_waiting()); });
}

std::vector<UnverifiedKeeper::Refused> UnverifiedKeeper::take_waiting() {
    const std::lock_guard lock(mutex_);
    for (const auto& one : waiting_) waiting_bytes_ -= one.bytes();
    return std::exchange(waiting_, {});
}

void UnverifiedKeeper::close() {
    {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
    }
    write(take_waiting());
}

void UnverifiedKeeper::write(std::vector<Refused> refused) {
    struct Ring {
        std::shared_ptr<const Route> route; // the latest one's: its bound holds
        std::vector<journal::Quarantined> bodies;
    };
    std::map<std::string_view, Ring> rings;
    std::size_t explained = 0;
    for (auto& one : refused) {
        const Route& route = *one.route;
        auto& ring = rings[route.settings.name];
        ring.route = one.route;
        auto reason =
            reason_in_json(++explained <= most_explained ? explain_refusal(*one.routes, route, one.body, one.signature)
                                                         : "it fits no secret of the endpoint");
        ring.bodies.push_back({receipt_id(one.received),
                               one.received,
                               route.settings.name,
                               401,
                               std::move(reason),
                               std::move(one.signature),
                               {},
                               std::move(one.body)});
    }
    for (const auto& [name, ring] : rings)
        for (std::span<const journal::Quarantined> rest(ring.bodies); !rest.empty();) {
            const auto some = rest.first(std::min(rest.size(), most_written));
            write_ring(*ring.route, some);
            rest = rest.subspan(some.size());
        }
}

void UnverifiedKeeper::write_ring(const Route& route, std::span<const journal::Quarantined> bodies) {
    const auto kept = keep_(route.settings.name, bodies, *route.settings.keep_unverified);
    for (std::size_t i = 0; i < bodies.size(); ++i)
        route.metrics->unverified(kept ? UnverifiedResult::kept : UnverifiedResult::lost);
    const auto at = std::chrono::steady_clock::now();
    if (!kept) {
        if (const auto held_back = lost_line_.pass(at))
            spdlog::warn("endpoint {}: {} refused bodies could not be kept: {} ({} more such lines held back)",
                         route.settings.name, bodies.size(), kept.error().message, *held_back);
    } else if (const auto held_back = kept_line_.pass(at)) {
        spdlog::warn(
            "endpoint {}: {} refused bodies are kept in quarantine; `quarantine retry --all` accepts them once "
            "the secret is mended ({} more such lines held back)",
            route.settings.name, bodies.size(), *held_back);
    }
}

} // namespace webhookd::ingest
