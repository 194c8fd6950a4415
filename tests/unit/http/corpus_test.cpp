#include "fuzz/request_harness.hpp"
#include "support/data.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace webhookd::http {
namespace {

/// Every file the fuzzer found worth keeping, through what it checks.
template <class Complaint>
int replay(const std::string& name, Complaint complaint) {
    int replayed = 0;
    const auto folder = "../fuzz/corpus/" + name + "/";
    for (const auto& file : std::filesystem::directory_iterator(WEBHOOKD_TEST_DATA "/" + folder)) {
        EXPECT_EQ(complaint(test_data(folder + file.path().filename().string())), "") << file.path();
        ++replayed;
    }
    return replayed;
}

TEST(Corpus, RequestsOfTheFuzzerHold) {
    EXPECT_GT(replay("request", [](std::string_view bytes) { return request_complaint(bytes); }), 0);
}

TEST(Corpus, ProxyHeadersOfTheFuzzerHold) {
    EXPECT_GT(replay("proxy_header", [](std::string_view bytes) { return proxy_header_complaint(bytes); }), 0);
}

} // namespace
} // namespace webhookd::http
