#pragma once

#include "sinks/http/settings.hpp"
#include "webhookd/base/id.hpp"

#include <string>
#include <string_view>

namespace webhookd::sinks::http {

/// Signs requests so that the receiver knows that they come from here.
class Signer {
public:
    /// Throws std::runtime_error for a secret that begins with whsec_ and does not go on in base64.
    explicit Signer(const Sign& settings);

    /// Appends the header lines for a body. `id` and `now` are of the message; Flagsmith's scheme has no use for them.
    void append(std::string& headers, std::string_view body, const EventId& id, Time now) const;

private:
    Sign::Scheme scheme_;
    Secret key_;
};

/// The value of webhook-signature: "v1," and the base64 of HMAC-SHA256 over "id.seconds.body".
std::string standard_webhooks_signature(const Secret& key, std::string_view id, std::string_view seconds,
                                        std::string_view body);

} // namespace webhookd::sinks::http
