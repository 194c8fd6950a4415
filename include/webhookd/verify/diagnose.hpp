#pragma once

#include "webhookd/verify/verify.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Why a signature does not fit: for the log and the command `verify`, after the sender was answered. Pure as verify()
/// is, but costs up to a dozen signatures for each secret: bound the bodies and the rate.
namespace webhookd::verify {

/// The secrets of one endpoint under its name.
struct NamedRing {
    std::string_view name;
    const SecretRing* secrets;
};

struct Diagnosis {
    enum class Cause : std::uint8_t {
        fits,        // nothing is wrong: `ring` and `secret` say which
        missing,     // no signature
        malformed,   // not 64 hexadecimal digits: `detail` says what is wrong with it
        changed,     // `ring` and `secret` fit the body as it was before something on its way changed it: `detail`
        no_secret,   // there are no secrets to try
        unexplained, // another secret, or a body that was changed in a way that cannot be guessed
    };
    Cause cause = Cause::unexplained;
    std::size_t ring = 0;   // index of the ring
    std::size_t secret = 0; // index in it
    std::string detail;     // a part of a sentence, without anything of the body or the signature
};

/// Tries every secret of every ring on the body, and on the body as it may have been before it was re-encoded.
Diagnosis diagnose(std::string_view body, std::string_view signature, std::span<const NamedRing> rings);

} // namespace webhookd::verify
