#include "app/file_watch.hpp"

#include "webhookd/base/file.hpp"

#include <gtest/gtest.h>

namespace webhookd::app {
namespace {

class FileWatchTest : public testing::Test {
protected:
    FileWatchTest() { std::filesystem::create_directories(folder); }
    ~FileWatchTest() override { std::filesystem::remove_all(folder); }
    void write(const std::string& name, std::string_view text) { ASSERT_TRUE(replace_file(folder / name, text)); }

    std::filesystem::path folder =
        std::filesystem::path(testing::TempDir()) / ("file_watch_" + std::to_string(::getpid()));
    FileWatch watch;
};

TEST_F(FileWatchTest, SeesAFileThatWasReplaced) {
    write("secret", "old");
    watch.watch({folder / "secret"});
    EXPECT_FALSE(watch.has_changed());
    write("secret", "new");
    EXPECT_TRUE(watch.has_changed());
    EXPECT_FALSE(watch.has_changed());
}

TEST_F(FileWatchTest, SeesFilesComeAndGo) {
    watch.watch({folder / "late"});
    write("late", "x");
    EXPECT_TRUE(watch.has_changed());
    std::filesystem::remove(folder / "late");
    EXPECT_TRUE(watch.has_changed());
}

TEST_F(FileWatchTest, SeesALinkThatWasTurned) { // as Kubernetes replaces a secret
    std::filesystem::create_directories(folder / "v1");
    std::filesystem::create_directories(folder / "v2");
    write("v1/secret", "old");
    write("v2/secret", "old");
    std::filesystem::create_directory_symlink("v1", folder / "data");
    watch.watch({folder / "data" / "secret"});
    std::filesystem::remove(folder / "data");
    std::filesystem::create_directory_symlink("v2", folder / "data");
    EXPECT_TRUE(watch.has_changed());
}

} // namespace
} // namespace webhookd::app
