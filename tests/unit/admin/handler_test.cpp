#include "webhookd/admin/handler.hpp"

#include "webhookd/base/text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <string>

namespace webhookd::admin {
namespace {

using Headers = std::map<std::string, std::string, std::less<>>;

class AdminHandlerTest : public testing::Test {
protected:
    AdminHandlerTest() {
        api.add({"POST", "/api/v1/act", "acts", [](const Call&) { return Reply::ok({{"done", true}}); }});
    }

    /// The status of the answer that the head alone brings, 0 where the request would be handled.
    unsigned ask(std::string_view method, std::string_view path, Headers headers, std::string_view query = {}) {
        headers_ = std::move(headers);
        http::RequestHead head;
        head.method = method;
        head.path = path;
        head.query = query;
        head.source = &headers_;
        head.find = [](const void* source, std::string_view name) -> std::string_view {
            const auto& all = *static_cast<const Headers*>(source);
            const auto at = all.find(name);
            return at == all.end() ? std::string_view{} : std::string_view(at->second);
        };
        std::shared_ptr<const void> state;
        auto decision = handler.on_head(head, state);
        if (decision.answer) answer = *decision.answer;
        return decision.answer ? decision.answer->status : 0;
    }

    Api api;
    Handler handler{api,
                    {[] { return true; }, [] { return std::string("metric 1\n"); }},
                    {std::make_shared<const Secret>(std::string("the-token-of-the-test")), {"admin.example.com"}}};
    Headers headers_;
    http::Answer answer;
};

const Headers with_token{{"Host", "127.0.0.1:8444"}, {"Authorization", "Bearer the-token-of-the-test"}};

TEST_F(AdminHandlerTest, NeedsNoTokenForWhatCarriesNoEvents) {
    EXPECT_EQ(ask("GET", "/livez", {}), 200u);
    EXPECT_EQ(ask("GET", "/readyz", {}), 200u);
    EXPECT_EQ(ask("GET", "/metrics", {{"Host", "anything"}}), 200u);
    EXPECT_EQ(answer.body, "metric 1\n");
}

TEST_F(AdminHandlerTest, NeedsTheTokenForEverythingElse) {
    EXPECT_EQ(ask("GET", "/", {{"Host", "localhost"}}), 401u);
    EXPECT_EQ(ask("POST", "/api/v1/act", {{"Host", "localhost"}}), 401u);
    EXPECT_EQ(ask("POST", "/api/v1/act", {{"Host", "localhost"}, {"Authorization", "Bearer the-token-of-the-tesT"}}),
              401u);
    EXPECT_EQ(ask("POST", "/api/v1/act", {{"Host", "localhost"}, {"Authorization", "Bearer "}}), 401u);
    EXPECT_EQ(ask("POST", "/api/v1/act", with_token), 0u);
    EXPECT_EQ(ask("GET", "/", with_token), 200u);
    EXPECT_EQ(ask("GET", "/", {{"Host", "[::1]:8444"}, {"Cookie", "a=b; webhookd_token=the-token-of-the-test"}}), 200u);
}

TEST_F(AdminHandlerTest, ExchangesTheTokenOfALinkForACookie) {
    EXPECT_EQ(ask("GET", "/", {{"Host", "localhost"}}, "token=wrong"), 401u);
    EXPECT_EQ(ask("GET", "/", {{"Host", "localhost"}}, "token=the-token-of-the-test"), 303u);
    EXPECT_NE(answer.headers.find("HttpOnly; SameSite=Strict"), std::string::npos);
}

TEST_F(AdminHandlerTest, RefusesForeignHostsAndOrigins) {
    auto headers = with_token;
    headers["Host"] = "evil.example";
    EXPECT_EQ(ask("GET", "/", headers), 403u);
    headers["Host"] = "admin.example.com";
    EXPECT_EQ(ask("GET", "/", headers), 200u);
    headers["Origin"] = "http://evil.example";
    EXPECT_EQ(ask("POST", "/api/v1/act", headers), 403u);
    headers["Origin"] = "http://admin.example.com";
    EXPECT_EQ(ask("POST", "/api/v1/act", headers), 0u);
}

TEST_F(AdminHandlerTest, LetsInWhoeverMayOpenTheSocket) {
    Handler local(api, {[] { return false; }, [] { return std::string(); }}, {});
    http::RequestHead head;
    head.method = "POST";
    head.path = "/api/v1/act";
    std::shared_ptr<const void> state;
    EXPECT_FALSE(local.on_head(head, state).answer);
}

} // namespace
} // namespace webhookd::admin
