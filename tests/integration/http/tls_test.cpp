#include "integration/http/server.hpp"
#include "support/client_certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <thread>

namespace webhookd::http {
namespace {

using namespace std::chrono_literals;

class TlsTest : public ListenerTest {
protected:
    TlsTest() { use_tls(); }
    test::RawClient plain() { return test::RawClient::tcp(listener->port()); }
};

TEST_F(TlsTest, SpeaksTls12AndTls13AndNothingOlder) {
    start();
    EXPECT_TRUE(plain().start_tls(TLS1_3_VERSION));
    EXPECT_TRUE(plain().start_tls(TLS1_2_VERSION));
    EXPECT_FALSE(plain().start_tls(TLS1_1_VERSION));
    wait_until_open(0);
    EXPECT_EQ(listener->counters().handshakes.value(), 2u);
    EXPECT_EQ(count(*listener, Refusal::handshake), 1u);
}

TEST_F(TlsTest, MinVersionShutsOutTls12) {
    settings.tls->min_version = "1.3";
    start();
    EXPECT_TRUE(plain().start_tls(TLS1_3_VERSION));
    EXPECT_FALSE(plain().start_tls(TLS1_2_VERSION));
}

TEST_F(TlsTest, NoSessionIsEverResumed) {
    start();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto client = plain();
        ASSERT_TRUE(client.start_tls(version));
        client.send(post("/hook", "{}"));
        EXPECT_EQ(client.answer().value().status, 200u); // tickets would be here by now
        const auto* session = SSL_get_session(client.ssl());
        EXPECT_EQ(SSL_SESSION_has_ticket(session), 0);
        unsigned id_size = 0;
        SSL_SESSION_get_id(session, &id_size);
        EXPECT_TRUE(version == TLS1_3_VERSION || id_size == 0);
    }
}

TEST_F(TlsTest, ChoosesHttp11AndRefusesClientsThatOfferOthersOnly) {
    start();
    auto both = plain();
    ASSERT_TRUE(both.start_tls(0, std::string("\x02h2\x08http/1.1")));
    EXPECT_EQ(both.chosen_protocol(), "http/1.1");
    EXPECT_FALSE(plain().start_tls(0, "\x02h2"));
}

TEST_F(TlsTest, PlainHttpIsAnsweredInPlain) {
    start();
    auto client = plain();
    client.send(post("/hook", "{}"));
    const auto answer = client.answer().value();
    EXPECT_EQ(answer.status, 400u);
    EXPECT_NE(answer.body.find("https"), std::string::npos);
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(count(*listener, Refusal::plain_on_tls), 1u);
}

TEST_F(TlsTest, GarbageIsClosed) {
    start();
    auto client = plain();
    client.send(std::string(100, '\xff'));
    EXPECT_LT(client.rest().size(), 20u); // an alert at most
}

TEST_F(TlsTest, ASilentClientIsClosedByTheHandshakeTimeout) {
    settings.limits.handshake_timeout = 100ms;
    start();
    auto client = plain();
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(count(*listener, Refusal::handshake_timeout), 1u);
}

TEST_F(TlsTest, AClientThatSharesAPopularGroupNeedsNoSecondRoundTrip) {
    start();
    auto client = plain();
    ASSERT_TRUE(client.start_tls(TLS1_3_VERSION)); // OpenSSL sends a share of X25519 only
    EXPECT_EQ(client.client_hellos(), 1u);
}

TEST_F(TlsTest, AReplacedCertificateIsUsedByNewConnections) {
    start();
    auto old = connect();
    const auto fingerprint = [](const test::RawClient& client) {
        std::string digest(32, '\0');
        unsigned size = 0;
        X509_digest(SSL_get0_peer_certificate(client.ssl()), EVP_sha256(),
                    reinterpret_cast<unsigned char*>(digest.data()), &size);
        return digest;
    };
    const auto before = fingerprint(old);
    EXPECT_GT(listener->certificate_expiry().value(), now() + 24h);

    const auto made = app::make_self_signed();
    replace_file(settings.tls->certificate, made.certificate).value();
    EXPECT_THROW(listener->apply(settings), std::runtime_error); // its key is not there yet: nothing changes
    EXPECT_EQ(fingerprint(connect()), before);

    replace_file(settings.tls->key, made.key).value();
    listener->apply(settings);
    EXPECT_NE(fingerprint(connect()), before);
    old.send(post("/hook", "{}"));
    EXPECT_EQ(old.answer().value().status, 200u);
}

TEST_F(TlsTest, TlsCanBeTurnedOffForNewConnections) {
    start();
    auto old = connect();
    settings.tls.reset();
    listener->apply(settings);
    auto later = plain();
    later.send(post("/hook", "{}"));
    EXPECT_EQ(later.answer().value().status, 200u);
    old.send(post("/hook", "{}"));
    EXPECT_EQ(old.answer().value().status, 200u);
    EXPECT_FALSE(listener->certificate_expiry());
}

TEST_F(TlsTest, WithClientAuthoritiesOnlyTheirClientsGetIn) {
    const auto certificate = directory.path() / "client.crt", key = directory.path() / "client.key";
    test::write_client_certificate(certificate, key);
    settings.tls->client_ca = certificate; // it signs itself
    start();
    auto known = plain();
    ASSERT_TRUE(known.start_tls(TLS1_2_VERSION, {}, certificate, key));
    known.send(post("/hook", "{}"));
    EXPECT_EQ(known.answer().value().status, 200u);
    EXPECT_FALSE(plain().start_tls(TLS1_2_VERSION));
}

TEST_F(TlsTest, WhatIsWrongWithTheFilesIsSaidAtStart) {
    const auto complaint = [&] {
        try {
            Listener failing(settings, handler);
        } catch (const std::runtime_error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    const auto good = *settings.tls;
    settings.tls->certificate = directory.path() / "missing.crt";
    EXPECT_EQ(complaint(),
              "the certificate " + settings.tls->certificate.string() + " cannot be read: No such file or directory");
    *settings.tls = good;
    replace_file(settings.tls->key, app::make_self_signed().key).value();
    EXPECT_EQ(complaint(),
              "the key " + good.key.string() + " does not belong to the certificate " + good.certificate.string());
    replace_file(settings.tls->key, "nonsense").value();
    EXPECT_EQ(complaint(), "the key " + good.key.string() + " cannot be read: there is no PEM text of that kind in it");
}

} // namespace
} // namespace webhookd::http
