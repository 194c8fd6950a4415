#pragma once

#include <string>

namespace webhookd::app {

struct CertificateAndKey {
    std::string certificate; // PEM
    std::string key;         // PEM, PKCS #8
};

/// A certificate for localhost, 127.0.0.1 and ::1 that signs itself, P-256, valid for a year; for `dev` only.
/// Throws std::runtime_error where OpenSSL fails.
CertificateAndKey make_self_signed();

} // namespace webhookd::app
