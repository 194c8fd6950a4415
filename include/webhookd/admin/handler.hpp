#pragma once

#include "webhookd/admin/api.hpp"
#include "webhookd/base/secret.hpp"
#include "webhookd/http/message.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace webhookd::admin {

/// What the handler needs to know of the daemon.
struct Views {
    std::function<bool()> is_ready;       // events can be stored, and no stop is under way
    std::function<std::string()> metrics; // one scrape, in Prometheus' text format
};

/// Who may ask.
struct Access {
    /// Nothing: the caller was let in by the permissions of the socket file.
    std::shared_ptr<const Secret> token;
    /// Names under which the admin address may be reached, beside IP literals and localhost. Others are refused, so
    /// that a page of somebody else's, which resolves its name to this address (DNS rebinding), gets nowhere.
    std::vector<std::string> hosts;
};

/// Serves /livez, /readyz and /metrics to everybody, the page at / and /api/v1/… to those with the token.
class Handler final : public http::Handler {
public:
    Handler(const Api& api, Views views, Access access);

    http::HeadDecision on_head(const http::RequestHead& head, std::shared_ptr<const void>& state) override;
    Task<http::Answer> handle(const http::RequestHead& head, std::string_view body,
                              std::shared_ptr<const void> state) override;

    /// The token file was replaced.
    void replace_token(std::shared_ptr<const Secret> token);

private:
    bool knows_token(const http::RequestHead& head) const;
    bool is_token(std::string_view text) const;

    const Api& api_;
    Views views_;
    Access access_;
    mutable std::mutex token_mutex_;
};

} // namespace webhookd::admin
