#include "sinks/stdout/stdout_sink.hpp"

#include "sinks/stdout/settings.hpp"
#include "support/sink_fixture.hpp"
#include "support/temporary_directory.hpp"
#include "webhookd/base/file.hpp"

#include <csignal>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace webhookd::sinks {
namespace {

using namespace std::chrono_literals;

/// Puts something else in the place of standard output for the length of a test.
class StdoutSinkTest : public test::SinkFixture {
protected:
    void SetUp() override {
        ::signal(SIGPIPE, SIG_IGN); // as the daemon does
        std::fflush(stdout);
        kept_ = FileDescriptor(::dup(STDOUT_FILENO));
        make(stdout_sink, standard_output::Settings{});
    }
    void TearDown() override { ::dup2(kept_.get(), STDOUT_FILENO); }

    void use_pipe() {
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        reading_ = FileDescriptor(ends[0]);
        ::dup2(ends[1], STDOUT_FILENO);
        ::close(ends[1]);
        ASSERT_TRUE(open());
    }
    std::string read(std::size_t bytes) {
        std::string all;
        char buffer[4096];
        while (all.size() < bytes) {
            const auto got = ::read(reading_.get(), buffer, std::min(sizeof buffer, bytes - all.size()));
            if (got <= 0) break;
            all.append(buffer, static_cast<std::size_t>(got));
        }
        return all;
    }

    FileDescriptor kept_, reading_;
};

TEST_F(StdoutSinkTest, WritesALineForEachEvent) {
    use_pipe();
    event("one");
    event("two");
    ASSERT_TRUE(deliver());
    EXPECT_EQ(read(8), "one\ntwo\n");
}

TEST_F(StdoutSinkTest, WritesIntoAFile) {
    test::TemporaryDirectory directory;
    const auto path = directory.path() / "out";
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT, 0600));
    ::dup2(file.get(), STDOUT_FILENO);
    ASSERT_TRUE(open());
    deliver(std::string(10'000, 'x'));
    EXPECT_EQ(read_file(path).value(), std::string(10'000, 'x') + "\n");
}

TEST_F(StdoutSinkTest, WritesMoreThanAPipeHolds) {
    use_pipe();
    const std::string large(1'000'000, 'x');
    std::string got;
    std::thread reader([&] { got = read(large.size() + 1); });
    deliver(large);
    reader.join();
    EXPECT_EQ(got, large + "\n");
}

TEST_F(StdoutSinkTest, IsAwayWhenNobodyReadsAnyMore) {
    use_pipe();
    reading_.reset();
    event("one");
    const auto outcomes = deliver();
    ASSERT_FALSE(outcomes);
    EXPECT_EQ(outcomes.error().why, "writing to standard output: Broken pipe");
}

TEST_F(StdoutSinkTest, WaitsForASlowReaderWithoutBlockingTheThread) {
    use_pipe();
    bool ticked = false;
    asio::steady_timer timer(context_, 20ms);
    timer.async_wait([&](boost::system::error_code) {
        ticked = true;
        reading_.reset(); // ends the wait
    });
    event(std::string(1'000'000, 'x'));
    EXPECT_FALSE(deliver());
    EXPECT_TRUE(ticked);
}

TEST_F(StdoutSinkTest, LeavesTheModeOfTheDescriptorAlone) {
    use_pipe();
    deliver("one");
    EXPECT_EQ(::fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
}

} // namespace
} // namespace webhookd::sinks
