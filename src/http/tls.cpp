#include "http/tls.hpp"

#include <openssl/err.h>
#include <openssl/pemerr.h>
#include <openssl/x509.h>

#include <array>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

namespace webhookd::http {
namespace {

/// Forward secret and authenticated; TLS 1.3 has no others.
constexpr const char* tls_1_2_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
/// The one with SHA-256 first: a handshake hashes much, and processors have instructions for it and not for SHA-384.
constexpr const char* tls_1_3_ciphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* key_exchange_groups = "P-256:X25519:P-384";

std::string why(unsigned long error) {
    if (ERR_SYSTEM_ERROR(error)) return std::strerror(ERR_GET_REASON(error));
    if (ERR_GET_REASON(error) == PEM_R_NO_START_LINE || ERR_GET_REASON(error) == ERR_R_UNSUPPORTED)
        return "there is no PEM text of that kind in it";
    const char* const reason = ERR_reason_error_string(error);
    return reason ? reason : "OpenSSL does not say why";
}

[[noreturn]] void fail(const std::string& what) {
    const auto error = ERR_peek_error();
    ERR_clear_error();
    throw std::runtime_error(what + ": " + why(error));
}

/// HTTP/1.1 is all we speak; a client that offers protocols and not this one is told so (RFC 7301, 3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
    static constexpr std::array<unsigned char, 18> ours{8, 'h', 't', 't', 'p', '/', '1', '.', '1',
                                                        8, 'h', 't', 't', 'p', '/', '1', '.', '0'};
    unsigned char* match = nullptr;
    if (SSL_select_next_proto(&match, chosen_size, ours.data(), ours.size(), offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = match;
    return SSL_TLSEXT_ERR_OK;
}

/// An encrypted key is an error and not a question on the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

Time to_time(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) fail("the certificate has no readable time of expiry");
    return std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::from_time_t(timegm(&parts)));
}

} // namespace

TlsContext::TlsContext(const Settings::Tls& settings) : context_(SSL_CTX_new(TLS_server_method())) {
    if (!context_) throw std::bad_alloc();
    SSL_CTX* const context = context_.get();
    ERR_clear_error();

    SSL_CTX_set_min_proto_version(context, settings.min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
    if (SSL_CTX_set_cipher_list(context, tls_1_2_ciphers) != 1 ||
        SSL_CTX_set_ciphersuites(context, tls_1_3_ciphers) != 1 ||
        SSL_CTX_set1_groups_list(context, key_exchange_groups) != 1)
        fail("OpenSSL lacks the ciphers of TLS");
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    // Flagsmith opens a connection for every event and never resumes a session: tickets would only cost.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);

    SSL_CTX_set_default_passwd_cb(context, &no_passphrase);
    const auto& certificate = settings.certificate.native();
    const auto& key = settings.key.native();
    if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
        fail("the certificate " + certificate + " cannot be read");
    if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        if (ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_X509)
            throw std::runtime_error("the key " + key + " does not belong to the certificate " + certificate);
        fail("the key " + key + " cannot be read");
    }
    expiry_ = to_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context)));

    if (settings.client_ca.empty()) return;
    const auto& authorities = settings.client_ca.native();
    if (SSL_CTX_load_verify_file(context, authorities.c_str()) != 1)
        fail("the client authorities " + authorities + " cannot be read");
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(authorities.c_str()));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

SslPointer TlsContext::make_ssl() const {
    SslPointer ssl(SSL_new(context_.get()));
    if (!ssl) throw std::bad_alloc();
    return ssl;
}

} // namespace webhookd::http
