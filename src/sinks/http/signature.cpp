#include "sinks/http/signature.hpp"

#include "webhookd/base/base64.hpp"
#include "webhookd/verify/verify.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace webhookd::sinks::http {
namespace {

constexpr std::string_view key_prefix = "whsec_";

Secret key_of(const Sign& settings) {
    const auto text = settings.secret.reveal();
    if (settings.scheme != Sign::Scheme::standard_webhooks || !text.starts_with(key_prefix)) return settings.secret;
    auto key = from_base64(text.substr(key_prefix.size()));
    if (!key) throw std::runtime_error("sign.secret begins with whsec_ and does not go on in base64");
    return Secret(std::move(*key));
}

} // namespace

Signer::Signer(const Sign& settings) : scheme_(settings.scheme), key_(key_of(settings)) {}

void Signer::append(std::string& headers, std::string_view body, const EventId& id, Time now) const {
    if (scheme_ == Sign::Scheme::flagsmith) {
        headers.append(verify::signature_header).append(": ").append(verify::sign(body, key_)).append("\r\n");
        return;
    }
    const auto seconds = std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
    headers.append("webhook-id: ").append(to_string(id)).append("\r\nwebhook-timestamp: ").append(seconds);
    headers.append("\r\nwebhook-signature: ");
    headers.append(standard_webhooks_signature(key_, to_string(id), seconds, body)).append("\r\n");
}

std::string standard_webhooks_signature(const Secret& key, std::string_view id, std::string_view seconds,
                                        std::string_view body) {
    std::string message(id);
    message.append(".").append(seconds).append(".").append(body);
    std::string tag(32, '\0');
    unsigned length = 0;
    ::HMAC(::EVP_sha256(), key.reveal().data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(),
           reinterpret_cast<unsigned char*>(tag.data()), &length);
    return "v1," + to_base64(tag);
}

} // namespace webhookd::sinks::http
