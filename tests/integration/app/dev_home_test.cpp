#include "webhookd/app/dev_home.hpp"

#include "webhookd/base/file.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace webhookd::app {
namespace {

class DevHomeTest : public testing::Test {
protected:
    ~DevHomeTest() override { std::filesystem::remove_all(folder); }
    std::filesystem::path folder =
        std::filesystem::path(testing::TempDir()) / ("dev_home_" + std::to_string(::getpid()));
};

TEST_F(DevHomeTest, KeepsItsSecretAndCertificateFromRunToRun) {
    const auto first = prepare_dev_home(folder, {});
    const auto certificate = read_file(first.certificate).value();
    const auto second = prepare_dev_home(folder, {.port = 9000});
    EXPECT_EQ(first.secret, second.secret);
    EXPECT_EQ(first.secret.size(), 32u);
    EXPECT_EQ(read_file(second.certificate).value(), certificate);
    EXPECT_NE(read_file(second.config).value().find("127.0.0.1:9000"), std::string::npos);
}

TEST_F(DevHomeTest, IsForItsOwnerOnly) {
    using std::filesystem::perms;
    const auto home = prepare_dev_home(folder, {});
    for (const auto& file : {home.secret_file, folder / "tls.key"})
        EXPECT_EQ(std::filesystem::status(file).permissions() & (perms::group_all | perms::others_all), perms::none)
            << file;
}

TEST_F(DevHomeTest, TellsWhatToTryNext) {
    const DevOptions options{.port = 9000, .plain = true, .forward = std::nullopt};
    const auto banner = dev_banner(prepare_dev_home(folder, options), options);
    EXPECT_NE(banner.find(
                  "flagsmith-webhookd send flag-updated --to http://localhost:9000/environment-webhook --secret-file"),
              std::string::npos)
        << banner;
}

TEST_F(DevHomeTest, DoesNotLetAUrlBreakOutOfItsString) {
    const auto home = prepare_dev_home(folder, {.forward = "http://x/\"y"});
    EXPECT_NE(read_file(home.config).value().find(R"(url = "http://x/\"y")"), std::string::npos);
    EXPECT_THROW(prepare_dev_home(folder, {.forward = "http://x/\n[sink.evil]"}), std::runtime_error);
}

} // namespace
} // namespace webhookd::app
