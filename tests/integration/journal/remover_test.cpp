#include "journal/remover.hpp"

#include "support/temporary_directory.hpp"

#include <cerrno>
#include <string>

namespace webhookd::journal {
namespace {

using Access = FileSystem::Access;

class RemoverTest : public ::testing::Test {
protected:
    void make(const std::string& name, std::size_t bytes) {
        auto file = files->open(name, Access::create).value();
        file->write(std::string(bytes, 'x'), 0).value();
    }
    int why_not(const std::string& name) {
        const auto file = files->open(name, Access::read);
        return file ? 0 : file.error().code;
    }

    test::TemporaryDirectory directory;
    const std::unique_ptr<FileSystem> files = real_file_system(directory.path());
};

TEST_F(RemoverTest, TheNameIsGoneAtOnceAndTheRoomFollows) {
    make("old", 8u << 20);
    Remover remover(*files);
    ASSERT_TRUE(remover.remove("old"));
    EXPECT_EQ(why_not("old"), ENOENT);
    EXPECT_EQ(remover.remove("old").error().code, ENOENT);
    make("old", 1);
    EXPECT_EQ(why_not("old"), 0);
}

TEST_F(RemoverTest, SaysHowMuchIsStillToCome) {
    Remover remover(*files);
    EXPECT_EQ(remover.waiting_bytes(), 0u);
    make("old", 1);
    files->open("old", Access::write).value()->truncate(1u << 30).value();
    ASSERT_TRUE(remover.remove("old"));
    EXPECT_GT(remover.waiting_bytes(), 0u);
    EXPECT_LE(remover.waiting_bytes(), 1u << 30);
}

TEST_F(RemoverTest, ACopyByHardLinkStaysWhole) {
    make("old", 8u << 20);
    std::filesystem::create_hard_link(directory.path() / "old", directory.path() / "copy");
    EXPECT_EQ(files->detach("old").value(), nullptr);
    EXPECT_EQ(why_not("old"), ENOENT);
    EXPECT_EQ(files->open("copy", Access::read).value()->size().value(), 8u << 20);
}

TEST_F(RemoverTest, AFileStaysWholeForItsReader) {
    make("old", 8u << 20);
    const auto reader = files->open("old", Access::read).value();
    EXPECT_EQ(files->detach("old").value(), nullptr);
    EXPECT_EQ(why_not("old"), ENOENT);
    EXPECT_EQ(reader->size().value(), 8u << 20);
}

TEST_F(RemoverTest, WithoutReadersTheFileIsHandedOut) {
    make("old", 8u << 20);
    const auto file = files->detach("old").value();
    ASSERT_NE(file, nullptr);
    ASSERT_TRUE(file->truncate(1));
    EXPECT_EQ(file->size().value(), 1u);
}

} // namespace
} // namespace webhookd::journal
