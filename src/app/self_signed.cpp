#include "app/self_signed.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <utility>

namespace webhookd::app {
namespace {

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

void must(bool worked) {
    if (!worked) throw std::runtime_error("OpenSSL could not make a self-signed certificate");
}

std::string text_of(const Bio& bio) {
    char* text = nullptr;
    const auto length = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

} // namespace

CertificateAndKey make_self_signed() {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    must(key && certificate);

    unsigned char serial[16];
    must(RAND_bytes(serial, sizeof serial) == 1);
    serial[0] &= 0x7f; // positive
    const std::unique_ptr<BIGNUM, Freer<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
    must(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())));

    constexpr long day = 24L * 60 * 60;
    must(X509_set_version(certificate.get(), X509_VERSION_3) == 1);
    must(X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -day) != nullptr);
    must(X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 365 * day) != nullptr);
    must(X509_set_pubkey(certificate.get(), key.get()) == 1);
    auto* const name = X509_get_subject_name(certificate.get());
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1,
                                    -1, 0) == 1);
    must(X509_set_issuer_name(certificate.get(), name) == 1);

    // A client that verifies strictly (Python's urllib3) wants the key identifier and the usages of a proper
    // certificate.
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate.get(), certificate.get(), nullptr, nullptr, 0);
    for (const auto& [id, value] :
         {std::pair{NID_basic_constraints, "critical,CA:TRUE"},
          std::pair{NID_key_usage, "critical,digitalSignature,keyCertSign"}, std::pair{NID_ext_key_usage, "serverAuth"},
          std::pair{NID_subject_key_identifier, "hash"}, std::pair{NID_authority_key_identifier, "keyid:always"},
          std::pair{NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1"}}) {
        const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value));
        must(extension && X509_add_ext(certificate.get(), extension.get(), -1) == 1);
    }
    must(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);

    const Bio certificate_text(BIO_new(BIO_s_mem())), key_text(BIO_new(BIO_s_mem()));
    must(certificate_text && key_text);
    must(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1);
    must(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return {text_of(certificate_text), text_of(key_text)};
}

} // namespace webhookd::app
