#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/base/secret.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Is it really from them? Pure functions over bytes and secrets: no IO, no clock, no logging, nothing thrown.
/// Flagsmith signs with HMAC-SHA256 over exactly the body and sends 64 hex digits without a prefix
/// (api/core/signing.py).
namespace webhookd::verify {

inline constexpr std::string_view signature_header = "X-Flagsmith-Signature";

enum class Refusal {
    missing = 1, // no signature header, or an empty one (what Flagsmith sends when no secret is set)
    malformed,   // not exactly 64 hexadecimal digits, or more than one header
    mismatch,    // well formed, but none of the endpoint's secrets produces it
};

struct NamedSecret {
    std::string name; // from the configuration; appears in metrics and logs
    Secret value;
};

/// The 32 bytes of a signature.
using Tag = std::array<unsigned char, 32>;

/// Whether the text has the form of a signature; decided from public data only, so it may be fast and early.
std::optional<Tag> parse_signature(std::string_view text) noexcept;

/// The secrets of one endpoint with their keyed contexts ready. Immutable; safe from every thread.
class SecretRing {
public:
    explicit SecretRing(std::vector<NamedSecret> secrets);
    ~SecretRing();
    SecretRing(SecretRing&&) noexcept;
    SecretRing& operator=(SecretRing&&) noexcept;

    std::size_t size() const noexcept;
    bool empty() const noexcept { return size() == 0; }
    std::string_view name(std::size_t index) const noexcept;

    /// The index of the secret that made `tag` over `body`. Every secret is computed and compared in constant time,
    /// whichever fits; an empty ring refuses everything.
    Result<std::size_t, Refusal> verify(std::string_view body, const Tag& tag) const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The signature of a body in the form of the header: 64 lower-case hex digits.
std::string sign(std::string_view body, const Secret& secret);

} // namespace webhookd::verify
