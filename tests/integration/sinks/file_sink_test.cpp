#include "sinks/file/file_sink.hpp"

#include "sinks/file/settings.hpp"
#include "support/sink_fixture.hpp"
#include "support/temporary_directory.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/telemetry/log.hpp"

#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>

namespace webhookd::sinks {
namespace {

using namespace std::chrono_literals;

class FileSinkTest : public test::SinkFixture {
protected:
    void SetUp() override { spdlog::set_level(spdlog::level::off); }
    void TearDown() override { spdlog::set_level(spdlog::level::info); }

    void use(file::Settings settings = {}) {
        settings.path = path;
        make(file_sink, std::move(settings));
    }
    void open_it(file::Settings settings = {}) {
        use(std::move(settings));
        const auto opened = open();
        ASSERT_TRUE(opened) << opened.error().why;
    }
    static std::string content(const std::filesystem::path& file) { return read_file(file).value(); }
    std::filesystem::path beside(std::string_view suffix) const { return path.string() + std::string(suffix); }
    static void write(const std::filesystem::path& file, std::string_view text) { std::ofstream(file) << text; }
    /// What gunzip makes of it.
    static std::string unzip(const std::filesystem::path& file) {
        const auto to = file.string() + ".plain";
        EXPECT_EQ(std::system(("gzip -dc '" + file.string() + "' > '" + to + "'").c_str()), 0);
        return content(to);
    }

    test::TemporaryDirectory directory;
    std::filesystem::path path = directory.path() / "events.jsonl";
};

TEST_F(FileSinkTest, AppendsALineForEachEvent) {
    write(path, "before\n");
    open_it();
    event("one");
    event("two");
    ASSERT_TRUE(deliver());
    deliver("three");
    EXPECT_EQ(content(path), "before\none\ntwo\nthree\n");
}

TEST_F(FileSinkTest, WritesTheConfiguredFormat) {
    file::Settings settings;
    settings.path = path;
    make(file_sink, settings, event::Format::text);
    ASSERT_TRUE(open());
    deliver("{}");
    EXPECT_EQ(content(path),
              "2026-11-23T14:02:11Z flag.updated checkout_v2 enabled off→on Production by jane@example.com\n");
}

TEST_F(FileSinkTest, MakesTheFileWithItsMode) {
    ::umask(0077);
    open_it({.mode = "0644"});
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0644));
}

TEST_F(FileSinkTest, LeavesTheModeOfAFileThatIsThere) {
    write(path, "");
    std::filesystem::permissions(path, std::filesystem::perms(0600));
    open_it({.mode = "0644"});
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
}

TEST_F(FileSinkTest, IsAwayWhereTheFileCannotBeOpened) {
    path = directory.path() / "missing" / "events.jsonl";
    use();
    const auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().why, "opening " + path.string() + ": No such file or directory");
}

TEST_F(FileSinkTest, CutsOffATornLastLine) {
    write(path, "whole\ntorn");
    open_it();
    deliver("next");
    EXPECT_EQ(content(path), "whole\nnext\n");
}

TEST_F(FileSinkTest, CutsOffATornLineOfAnyLength) {
    write(path, "whole\n" + std::string(100'000, 'x'));
    open_it();
    EXPECT_EQ(content(path), "whole\n");
}

TEST_F(FileSinkTest, CutsOffATornLineThatIsTheOnlyOne) {
    write(path, std::string(10'000, 'x'));
    open_it();
    EXPECT_EQ(content(path), "");
}

TEST_F(FileSinkTest, FollowsThePathWhenTheFileIsMovedAway) {
    open_it();
    deliver("one");
    std::filesystem::rename(path, beside(".moved"));
    deliver("two");
    EXPECT_EQ(content(beside(".moved")), "one\n");
    EXPECT_EQ(content(path), "two\n");
}

TEST_F(FileSinkTest, FollowsThePathWhenItNamesAnotherFile) {
    open_it();
    deliver("one");
    write(beside(".new"), "other\n");
    std::filesystem::rename(beside(".new"), path);
    deliver("two");
    EXPECT_EQ(content(path), "other\ntwo\n");
}

TEST_F(FileSinkTest, ReopensOnRequest) {
    open_it();
    deliver("one");
    sink_->reopen();
    deliver("two");
    EXPECT_EQ(content(path), "one\ntwo\n");
}

TEST_F(FileSinkTest, ABatchThatDoesNotFitLeavesNoPartBehind) {
    open_it();
    deliver("one");
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{10, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    event("this is too long");
    const auto full = deliver();
    ::setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().why, "writing: File too large " + path.string());
    EXPECT_EQ(content(path), "one\n");
    ASSERT_TRUE(open());
    deliver("two");
    EXPECT_EQ(content(path), "one\ntwo\n");
}

TEST_F(FileSinkTest, BeginsANewFileBeforeOneGrowsTooLarge) {
    open_it({.rotate = file::Rotate{.size = ByteSize{10}, .keep = 2}});
    deliver("1234567");
    deliver("2345678");
    deliver("3456789");
    deliver("4567890");
    EXPECT_EQ(content(path), "4567890\n");
    EXPECT_EQ(content(beside(".1")), "3456789\n");
    EXPECT_EQ(content(beside(".2")), "2345678\n");
    EXPECT_FALSE(std::filesystem::exists(beside(".3")));
}

TEST_F(FileSinkTest, AnEventLargerThanTheLimitGetsAFileOfItsOwn) {
    open_it({.rotate = file::Rotate{.size = ByteSize{10}}});
    deliver("longer than ten bytes");
    deliver("x");
    EXPECT_EQ(content(beside(".1")), "longer than ten bytes\n");
    EXPECT_EQ(content(path), "x\n");
}

TEST_F(FileSinkTest, CompressesClosedFiles) {
    open_it({.rotate = file::Rotate{.size = ByteSize{10}, .keep = 3, .compress = true}});
    deliver("1234567");
    deliver("2345678");
    deliver("3456789");
    sink_.reset(); // waits for the compression
    EXPECT_EQ(unzip(beside(".1.gz")), "2345678\n");
    EXPECT_EQ(unzip(beside(".2.gz")), "1234567\n");
    EXPECT_FALSE(std::filesystem::exists(beside(".1")));
}

TEST_F(FileSinkTest, BeginsANewFileEachSpanOfTime) {
    write(path, "yesterday\n");
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - 24h);
    open_it({.rotate = file::Rotate{.every = 24h}});
    deliver("today");
    deliver("again");
    EXPECT_EQ(content(beside(".1")), "yesterday\n");
    EXPECT_EQ(content(path), "today\nagain\n");
}

TEST_F(FileSinkTest, WritesToWhatIsNoRegularFile) {
    path = "/dev/null";
    open_it();
    deliver("one");
}

} // namespace
} // namespace webhookd::sinks
