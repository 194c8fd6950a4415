#include "fuzz/request_harness.hpp"
#include "support/data.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <sstream>

/// The fuzzers' properties hold for what is known already: their corpora, and the hostile requests.
namespace webhookd::http {
namespace {

template <class Check>
void replay(const std::string& name, Check check) {
    unsigned files = 0;
    for (const auto& file : std::filesystem::directory_iterator(WEBHOOKD_TEST_DATA "/../fuzz/corpus/" + name)) {
        const auto bytes = test_data("../fuzz/corpus/" + name + "/" + file.path().filename().string());
        EXPECT_EQ(check(bytes), "") << file.path();
        ++files;
    }
    EXPECT_GT(files, 0u);
}

TEST(CorpusTest, RequestsAreReadInOneWay) {
    replay("request", request_complaint);
}

TEST(CorpusTest, ProxyHeadersAreReadInOneWay) {
    replay("proxy_header", proxy_header_complaint);
}

TEST(CorpusTest, HostileRequestsAreReadInOneWay) {
    std::istringstream lines(test_data("hostile-http.jsonl"));
    for (std::string line; std::getline(lines, line);) {
        const auto test_case = nlohmann::json::parse(line);
        if (!test_case.contains("raw")) continue;
        std::string bytes; // each character stands for a byte
        const auto text = test_case["raw"].get<std::string>();
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto lead = static_cast<unsigned char>(text[i]);
            bytes += lead < 0x80 ? text[i] : static_cast<char>((lead & 3) << 6 | (text[++i] & 0x3f));
        }
        EXPECT_EQ(request_complaint(bytes), "") << test_case["id"];
    }
}

} // namespace
} // namespace webhookd::http
