#include "unit/config/loading.hpp"

namespace webhookd::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Checks = Loading;

constexpr std::string_view sink = "[sink.a]\ntype = \"probe\"\nurl = \"\"\n";

TEST_F(Checks, TheMinimalConfigurationIsFine) {
    EXPECT_THAT(problems(minimal), IsEmpty());
    EXPECT_THAT(warnings(with(sink)), IsEmpty());
}

TEST_F(Checks, WhatCannotWorkIsRefused) {
    const struct {
        std::string text, problem;
    } cases[] = {
        {"", "endpoint: there is no endpoint"},
        {"[listen]\naddress = \"[::]:8443\"", "listen.tls: certificate and key are missing"},
        {"[listen]\naddress = \"8443\"", "listen.address: \"8443\" has no port (such as"},
        {"[listen]\naddress = \"::1:8443\"", "has an IPv6 address without brackets"},
        {"[listen]\naddress = \"[::1]:99999\"", "has no port from 0 to 65535"},
        {"[listen]\naddress = \"[::g]:1\"", "listen.address: \"[::g]:1\" is not a"},
        {"[listen]\nallow = [\"10.0.0.0/33\"]", "listen.allow: \"10.0.0.0/33\" is not a network"},
        {"[listen]\nproxy_protocol = true", "listen.proxy_protocol: is believed from nobody"},
        {with("[endpoint.b]\npath = \"/environment-webhook\"\nallow_unsigned = true"),
         "endpoint.b.path: \"/environment-webhook\" is the path of endpoint \"environment\" too"},
        {with("[endpoint.b]\npath = \"/healthz\"\nallow_unsigned = true"), "is the path of listen.health"},
        {with("[endpoint.b]\npath = \"/b\""), "endpoint.b: has no secrets"},
        {with("[endpoint.b]\npath = \"/b\"\nprofile = \"asyncapi\"\nallow_unsigned = true"),
         "endpoint.b.profile: the document does not describe kind \"any\""},
        {with("[endpoint.b]\npath = \"/b\"\nkeep_unverified = \"1MiB\"\nallow_unsigned = true"),
         "endpoint.b.keep_unverified: needs listen.allow"},
        {with("[endpoint.b]\npath = \"/b\"\nmax_body = \"512MiB\"\nallow_unsigned = true"),
         "endpoint.b.max_body: is more than listen.max_inflight (at most \"256MiB\" would do)"},
        {with("[endpoint.b]\npath = \"/b\"\nsecrets = [{ name = \"x\", value = \"1\" }, { name = \"x\", value = \"2\" "
              "}]"),
         "endpoint.b.secrets: two secrets are named \"x\""},
        {with(std::string(sink) + "format = \"raw\"\nredact = [\"keys\"]"),
         "sink.a.redact: cannot be cut from format \"raw\""},
        {with(std::string(sink) + "retry = { first = \"1m\" }"), "sink.a.retry.first: is longer than retry.max (30s)"},
        {with("[admin]\naddress = \"127.0.0.1:8080\""), "admin.address: is the address of listen too"},
        {with("[admin]\naddress = \"systemd\""), "admin.address: cannot be an inherited socket"},
    };
    for (const auto& [text, problem] : cases) {
        SCOPED_TRACE(problem);
        EXPECT_THAT(problems(text), Contains(HasSubstr(problem)));
    }
}

TEST_F(Checks, WhatIsUnwiseIsWarnedOf) {
    const struct {
        std::string text, warning;
    } cases[] = {
        {std::string(minimal), "sink: there is no sink"},
        {"[listen]\naddress = \"[::]:80\"\ntls = false\n[endpoint.e]\npath=\"/\"\nallow_unsigned=true",
         "listen.tls: plain HTTP on an address that others can reach"},
        {with("[endpoint.b]\npath = \"/b\"\nallow_unsigned = true"),
         "anybody who reaches the endpoint can send events"},
        {with("[endpoint.b]\npath = \"/b\"\nsecrets = [{ value = \"short\" }]"),
         "endpoint.b.secrets[0].value: is shorter than 16 bytes"},
        {with("[endpoint.b]\npath = \"/b\"\nsecrets = [{ value = \"a secret that is long enough\" }]"),
         "endpoint.b.secrets: the same secret as endpoint \"environment\""},
        {with("[endpoint.b]\npath = \"/b\"\nkind = \"organisation\"\nprofile = \"asyncapi\"\nallow_unsigned = true"),
         "the published document refuses what real servers send"},
        {with(std::string(sink) + "match = { endpoint = [\"enviroment\"] }"), "\"enviroment\" matches no endpoint"},
        {with("[admin]\naddress = \"0.0.0.0:8444\"\ntoken = \"tiny\""), "admin.token: is shorter than 16 bytes"},
        {with("[admin]\naddress = \"0.0.0.0:8444\""), "the token goes over plain HTTP"},
    };
    for (const auto& [text, warning] : cases) {
        SCOPED_TRACE(warning);
        EXPECT_THAT(warnings(text), Contains(HasSubstr(warning)));
    }
}

TEST_F(Checks, APlainListenerBehindATrustedProxyIsNotWarnedOf) {
    EXPECT_THAT(warnings("[listen]\naddress = \"0.0.0.0:80\"\ntls = false\ntrusted_proxies = [\"10.0.0.0/8\"]\n"
                         "[endpoint.e]\npath = \"/\"\nsecrets = [{ value = \"0123456789abcdef\" }]\n" +
                         std::string(sink)),
                IsEmpty());
}

} // namespace
} // namespace webhookd::config
