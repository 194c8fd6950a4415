#include "integration/http/server.hpp"

#include <gtest/gtest.h>

namespace webhookd::http {
namespace {

using namespace std::chrono_literals;

CidrList ranges(std::vector<std::string> texts) {
    return CidrList::parse(texts).value();
}

class ProxyTest : public ListenerTest, public testing::WithParamInterface<bool> {
protected:
    ProxyTest() {
        if (GetParam()) use_tls();
        settings.limits.trusted_proxies = ranges({"127.0.0.0/8", "10.0.0.0/8"});
        settings.limits.proxy_protocol = true;
    }
    /// The client's address as the handler sees it.
    std::string client_of(test::RawClient& client, std::string_view headers = {}) {
        client.send(post("/hook", "", headers));
        const auto body = client.answer().value().body;
        return body.substr(11, body.find(' ', 11) - 11);
    }
    test::RawClient behind(std::string_view proxy_header) {
        auto client = test::RawClient::tcp(listener->port());
        client.send(proxy_header);
        if (settings.tls && !client.start_tls()) ADD_FAILURE() << "no TLS";
        return client;
    }
    test::RawClient direct() { return test::RawClient::tcp(listener->port()); }
};
INSTANTIATE_TEST_SUITE_P(, ProxyTest, testing::Bool(),
                         [](const auto& with) { return std::string(with.param ? "Tls" : "Plain"); });

TEST_P(ProxyTest, TheProxyHeaderNamesTheClient) {
    start();
    auto v1 = behind("PROXY TCP4 192.0.2.7 127.0.0.1 4711 443\r\n");
    EXPECT_EQ(client_of(v1), "192.0.2.7");
    EXPECT_EQ(client_of(v1), "192.0.2.7");
    auto v2 =
        behind(std::string_view("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x08\x7f\0\0\x01\x12\x34\x01\xbb", 28));
    EXPECT_EQ(client_of(v2), "192.0.2.8");
    auto health_check = behind(std::string_view("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16));
    EXPECT_EQ(client_of(health_check), "127.0.0.1");
}

TEST_P(ProxyTest, ATrustedProxyMustSendAHeader) {
    start();
    auto without = direct();
    without.send("POST /hook HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(without.is_closed());
    auto malformed = direct();
    malformed.send("PROXY TCP4 nobody 127.0.0.1 4711 443\r\n");
    EXPECT_TRUE(malformed.is_closed());
    EXPECT_EQ(count(*listener, Refusal::proxy_header), 2u);
}

TEST_P(ProxyTest, AnUntrustedPeerCannotClaimToBeAnother) {
    settings.limits.trusted_proxies = ranges({"10.0.0.0/8"});
    start();
    auto honest = connect();
    EXPECT_EQ(client_of(honest, "X-Forwarded-For: 192.0.2.9\r\n"), "127.0.0.1");
    if (GetParam()) return;
    auto liar = direct();
    liar.send("PROXY TCP4 192.0.2.7 127.0.0.1 4711 443\r\n\r\n");
    EXPECT_EQ(liar.answer().value().status, 400u);
}

TEST_P(ProxyTest, ForwardedForIsReadFromTheRight) {
    settings.limits.proxy_protocol = false;
    start();
    auto client = connect();
    EXPECT_EQ(client_of(client, "X-Forwarded-For: 198.51.100.1, 192.0.2.9, 10.1.1.1\r\n"), "192.0.2.9");
    EXPECT_EQ(client_of(client, "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n"), "192.0.2.2");
    EXPECT_EQ(client_of(client), "127.0.0.1");
}

TEST_P(ProxyTest, ForwardedForIsBelievedFromThePeerThatTheProxyHeaderNames) {
    start();
    auto inner = behind("PROXY TCP4 10.9.9.9 127.0.0.1 4711 443\r\n");
    EXPECT_EQ(client_of(inner, "X-Forwarded-For: 192.0.2.9\r\n"), "192.0.2.9");
    auto outer = behind("PROXY TCP4 192.0.2.7 127.0.0.1 4711 443\r\n");
    EXPECT_EQ(client_of(outer, "X-Forwarded-For: 192.0.2.9\r\n"), "192.0.2.7");
}

} // namespace
} // namespace webhookd::http
