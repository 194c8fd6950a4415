#include "webhookd/admin/api.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

namespace webhookd::admin {
namespace {

class ApiTest : public testing::Test {
protected:
    ApiTest() {
        api.add({"GET", "/api/v1/sinks", "lists", [](const Call& call) { return Reply::ok({{"query", call.query}}); }});
        api.add({"POST", "/api/v1/sinks/*/pause", "pauses", [](const Call& call) {
                     return Reply::ok({{"name", call.arguments.at(0)}, {"body", *call.body}});
                 }});
        api.add({"POST", "/api/v1/broken", "throws",
                 [](const Call&) -> Reply { throw std::runtime_error("the disk is on fire"); }});
        api.add({"POST", "/api/v1/strict", "wants a member",
                 [](const Call& call) { return Reply::ok(call.body->at("id").get<std::string>()); }});
    }
    Api api;
};

TEST_F(ApiTest, FindsOperationsByMethodAndPath) {
    EXPECT_EQ(api.call("GET", "/api/v1/sinks?a=1&b=x%20y", "").body->dump(), R"({"query":{"a":"1","b":"x y"}})");
    EXPECT_EQ(api.call("POST", "/api/v1/sinks/my%2Fsink/pause", R"({"x":1})").body->dump(),
              R"({"body":{"x":1},"name":"my/sink"})");
}

TEST_F(ApiTest, TellsUnknownPathsFromWrongMethods) {
    EXPECT_EQ(api.call("GET", "/api/v1/nothing", "").status, 404u);
    EXPECT_EQ(api.call("GET", "/api/v1/sinks/x", "").status, 404u);
    EXPECT_EQ(api.call("GET", "/api/v1/sinks/", "").status, 404u);
    EXPECT_EQ(api.call("POST", "/api/v1/sinks", "").status, 405u);
    EXPECT_EQ(api.call("GET", "http://x/", "").status, 400u);
}

TEST_F(ApiTest, RefusesBodiesThatAreNoObject) {
    EXPECT_EQ(api.call("POST", "/api/v1/sinks/x/pause", "[1]").status, 400u);
    EXPECT_EQ(api.call("POST", "/api/v1/sinks/x/pause", "{").status, 400u);
    EXPECT_EQ(api.call("POST", "/api/v1/strict", R"({"id":7})").status, 400u);
}

TEST_F(ApiTest, SurvivesAnOperationThatFails) {
    const auto reply = api.call("POST", "/api/v1/broken", "");
    EXPECT_EQ(reply.status, 500u);
    EXPECT_EQ(reply.body->at("error"), "the disk is on fire");
}

} // namespace
} // namespace webhookd::admin
