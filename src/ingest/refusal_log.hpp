#pragma once

#include "webhookd/http/message.hpp"
#include "webhookd/ingest/routes.hpp"
#include "webhookd/telemetry/log.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace webhookd::ingest {

/// One sentence about a refused signature, for the log: missing, malformed, another endpoint's, or a body that was
/// changed on its way. Holds nothing of the body or the signature. Tries every secret of the configuration: not for an
/// intake thread. Bodies beyond RefusalLog::max_body are not tried.
std::string explain_refusal(const Routes& routes, const Route& route, std::string_view body,
                            std::string_view signature);

/// Tells operators why signatures are refused, after the sender was answered. A mistyped secret silently loses every
/// event, so the reason must be easy to find; a sender can cause it at will, so one line in a while is all it gets.
/// Each endpoint has its own, and what carries no signature at all does not push out the line about one that does not
/// fit.
class RefusalLog {
public:
    explicit RefusalLog(Executor background) : background_(background) {}

    /// On an intake thread; the work is done on the background thread.
    void refused(std::shared_ptr<const Routes> routes, std::shared_ptr<const Route> route, std::string_view body,
                 std::string_view signature);

    static constexpr std::size_t max_body = 64 * 1024; // beyond it no reason is looked for
    static constexpr std::chrono::seconds interval{5};

private:
    struct Limits {
        telemetry::RateLimit formless{interval}, unfitting{interval};
    };
    std::optional<std::uint64_t> pass(const Route& route, std::string_view signature);

    Executor background_;
    std::mutex mutex_;
    std::map<std::string, Limits, std::less<>> limits_; // by endpoint; guarded by mutex_
};

} // namespace webhookd::ingest
