#pragma once

#include "http/stream.hpp"
#include "webhookd/base/time.hpp"
#include "webhookd/http/listener.hpp"

#include <openssl/ssl.h>

#include <memory>

namespace webhookd::http {

/// Certificate, key and rules of TLS as one thread uses them: contexts are not shared between threads, because every
/// new connection touches their reference count.
class TlsContext {
public:
    /// Reads the files. Throws std::runtime_error with a sentence for the operator.
    explicit TlsContext(const Settings::Tls& settings);

    /// The state of a new connection; throws std::bad_alloc.
    SslPointer make_ssl() const;
    Time certificate_expiry() const noexcept { return expiry_; }

private:
    struct FreeContext {
        void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    };
    std::unique_ptr<SSL_CTX, FreeContext> context_;
    Time expiry_;
};

} // namespace webhookd::http
