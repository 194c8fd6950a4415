#include "support/data.hpp"
#include "support/recorder.hpp"
#include "support/temporary_directory.hpp"
#include "support/typed.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/verify/verify.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <set>

namespace webhookd::cli {
namespace {

using test::Recorder;
using test::type;
using testing::HasSubstr;

class Send : public testing::Test {
protected:
    test::TemporaryDirectory directory;
    std::string secret_file = (directory.path() / "secret").string();

    void SetUp() override { ASSERT_TRUE(replace_file(secret_file, "a secret of the test\n")); }
};

TEST_F(Send, TheHeaderIsLaidOutAsFlagsmithsIs) {
    Recorder recorder;
    const auto typed =
        type({"send", "flag-updated", "--to", recorder.url("/environment-webhook?a=b"), "--secret-file", secret_file});
    EXPECT_EQ(typed.status, done) << typed.err;
    EXPECT_EQ(typed.out, "200 {}\n");
    ASSERT_EQ(recorder.requests().size(), 1u);
    const auto [header, body, connection] = recorder.requests()[0];
    EXPECT_EQ(header, "POST /environment-webhook?a=b HTTP/1.1\r\n"
                      "Host: 127.0.0.1:" +
                          std::to_string(recorder.port()) +
                          "\r\n"
                          "User-Agent: python-requests/2.33.0\r\n"
                          "Accept-Encoding: gzip, deflate\r\n"
                          "Accept: */*\r\n"
                          "Connection: keep-alive\r\n"
                          "content-type: application/json\r\n"
                          "X-Flagsmith-Signature: " +
                          verify::sign(body, Secret("a secret of the test")) +
                          "\r\n"
                          "Content-Length: " +
                          std::to_string(body.size()) + "\r\n\r\n");
    EXPECT_EQ(nlohmann::json::parse(body)["event_type"], "FLAG_UPDATED");
}

TEST_F(Send, AFileIsSentByteForByte) {
    Recorder recorder;
    const std::string file = WEBHOOKD_TEST_DATA "/samples/environment-flag-updated-unicode.json";
    EXPECT_EQ(type({"send", file, "--to", recorder.url("/"), "--secret-file", secret_file}).status, done);
    EXPECT_EQ(recorder.requests().at(0).body, test_data("samples/environment-flag-updated-unicode.json"));
}

TEST_F(Send, EveryEventIsDifferentAndHasAConnectionOfItsOwn) {
    Recorder recorder;
    const auto typed = type({"send", "mixed", "--to", recorder.url("/"), "--count", "40"});
    EXPECT_EQ(typed.status, done) << typed.err;
    EXPECT_THAT(typed.out, HasSubstr("40 × 200 in "));
    EXPECT_THAT(typed.out, HasSubstr("latency: median "));
    std::set<std::string> bodies;
    std::set<std::size_t> connections;
    for (const auto& request : recorder.requests()) {
        bodies.insert(request.body);
        connections.insert(request.connection);
        EXPECT_EQ(request.header.find("X-Flagsmith-Signature"), std::string::npos);
    }
    EXPECT_EQ(bodies.size(), 40u);
    EXPECT_EQ(connections.size(), 40u);
}

TEST_F(Send, KeepAliveUsesOneConnection) {
    Recorder recorder;
    EXPECT_EQ(type({"send", "mixed", "--to", recorder.url("/"), "--count", "20", "--keep-alive"}).status, done);
    ASSERT_EQ(recorder.requests().size(), 20u);
    EXPECT_EQ(recorder.requests().back().connection, 0u);
}

TEST_F(Send, AnythingButA200Fails) {
    Recorder refusing("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    const auto typed = type({"send", "flag-updated", "--to", refusing.url("/"), "--count", "3"});
    EXPECT_EQ(typed.status, failed);
    EXPECT_THAT(typed.out, HasSubstr("3 × 401"));
    Recorder silent("");
    const auto dropped = type({"send", "flag-updated", "--to", silent.url("/")});
    EXPECT_EQ(dropped.status, failed);
    EXPECT_THAT(dropped.err, HasSubstr("the connection was closed without an answer"));
}

TEST_F(Send, ARateIsKept) {
    Recorder recorder;
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(type({"send", "mixed", "--to", recorder.url("/"), "--count", "10", "--rate", "50"}).status, done);
    EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(170));
}

TEST_F(Send, WrongUsageSaysWhatWouldDo) {
    EXPECT_EQ(type({"send"}).status, wrong_usage);
    EXPECT_EQ(type({"send", "flag-updated"}).status, wrong_usage);
    EXPECT_THAT(type({"send", "flag-update", "--to", "http://localhost:1/"}).err,
                HasSubstr("did you mean \"flag-updated\"?"));
    EXPECT_THAT(type({"send", "flag-updated", "--to", "localhost:1"}).err, HasSubstr("is no URL such as"));
    EXPECT_EQ(type({"send", "flag-updated", "--to", "ftp://localhost/"}).status, wrong_usage);
    EXPECT_EQ(type({"send", "--list"}).status, done);
}

} // namespace
} // namespace webhookd::cli
