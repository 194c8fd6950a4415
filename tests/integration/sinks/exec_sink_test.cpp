#include "sinks/exec/exec_sink.hpp"

#include "sinks/exec/settings.hpp"
#include "support/sink_fixture.hpp"
#include "support/temporary_directory.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/telemetry/log.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

namespace webhookd::sinks {
namespace {

using namespace std::chrono_literals;
using exec::Settings;
using sink::Outcome;

class ExecSinkTest : public test::SinkFixture {
protected:
    void SetUp() override { spdlog::set_level(spdlog::level::off); }
    void TearDown() override { spdlog::set_level(spdlog::level::info); }

    void use(std::vector<std::string> command, Settings settings = {}) {
        settings.command = std::move(command);
        make(exec_sink, settings, event::Format::raw);
        const auto opened = open();
        ASSERT_TRUE(opened) << opened.error().why;
    }
    void use_shell(const std::string& script, Settings settings = {}) {
        use({"/bin/sh", "-c", script, "sh", directory.path().string()}, std::move(settings));
    }
    void use_python(const std::string& script, Settings settings = {}) {
        settings.mode = Settings::Mode::stream;
        use({"/usr/bin/python3", "-c", "import sys, json\n" + script}, std::move(settings));
    }
    Outcome outcome(std::string body = "{}") {
        event(std::move(body));
        const auto outcomes = deliver();
        if (!outcomes) return Outcome::retry("away: " + outcomes.error().why);
        EXPECT_EQ(outcomes->size(), 1u);
        return outcomes->front();
    }
    std::string content(std::string_view name) { return read_file(directory.path() / name).value(); }

    test::TemporaryDirectory directory;
};

TEST_F(ExecSinkTest, TheCommandFindsTheEventOnItsInputAndInItsEnvironment) {
    use_shell("cat > $1/input; env > $1/environment");
    deliver(R"({"a": 1})");
    EXPECT_EQ(content("input"), "{\"a\": 1}\n");
    EXPECT_NE(content("environment").find("FLAGSMITH_FLAG=checkout_v2\n"), std::string::npos);
    EXPECT_EQ(content("environment").find("HOME="), std::string::npos);
}

TEST_F(ExecSinkTest, TheExitStatusSaysWhatBecameOfTheEvent) {
    use_shell("exit 0");
    EXPECT_EQ(outcome().kind, Outcome::Kind::delivered);
    use_shell("exit 75");
    EXPECT_EQ(outcome().kind, Outcome::Kind::retry);
    use_shell("exit 3");
    EXPECT_EQ(outcome().kind, Outcome::Kind::reject);
    EXPECT_EQ(outcome().why, "the command ended: exit status 3");
    use_shell("kill -SEGV $$");
    EXPECT_EQ(outcome().why, "the command ended: killed by signal 11");
    EXPECT_EQ(outcome().kind, Outcome::Kind::retry);
}

TEST_F(ExecSinkTest, NoShellLooksAtTheArguments) {
    use({"/usr/bin/touch", (directory.path() / "a b; $(touch c)").string()});
    deliver("{}");
    EXPECT_TRUE(std::filesystem::exists(directory.path() / "a b; $(touch c)"));
}

TEST_F(ExecSinkTest, IsAwayWhereThereIsNoSuchCommand) {
    use({"/nonexistent/command"});
    EXPECT_EQ(outcome().why, "away: starting /nonexistent/command: No such file or directory");
}

TEST_F(ExecSinkTest, TheTimeLimitKillsTheCommandWithItsChildren) {
    use_shell("sleep 1000 & echo $! > $1/child; wait", {.timeout = 200ms});
    EXPECT_EQ(outcome().why, "the command was killed after 200ms");
    const auto child = std::stoi(content("child"));
    for (int i = 0; i < 200 && ::kill(child, 0) == 0; ++i) { // a zombie until init reaps it
        std::ifstream status("/proc/" + std::to_string(child) + "/stat");
        std::string line;
        std::getline(status, line);
        if (line.find(") Z ") != std::string::npos) break;
        std::this_thread::sleep_for(10ms);
        ASSERT_LT(i, 199) << "still runs";
    }
}

TEST_F(ExecSinkTest, TheCommandInheritsNothing) {
    const FileDescriptor open_one(::dup(STDIN_FILENO)); // without close-on-exec
    use_shell("ls /proc/self/fd > $1/descriptors; grep SigBlk /proc/self/status > $1/signals");
    deliver("{}");
    EXPECT_EQ(content("descriptors"), "0\n1\n2\n3\n"); // 3: the directory that ls reads
    EXPECT_EQ(content("signals"), "SigBlk:\t0000000000000000\n");
}

TEST_F(ExecSinkTest, ACommandThatPrintsWithoutEndIsNotHeldUp) {
    use_shell("yes | head -c 1000000; exit 0");
    EXPECT_EQ(outcome().kind, Outcome::Kind::delivered);
}

TEST_F(ExecSinkTest, ALargeEventReachesACommandThatReadsNothing) {
    use_shell("exit 0");
    EXPECT_EQ(outcome(std::string(4'000'000, 'x')).kind, Outcome::Kind::delivered);
}

TEST_F(ExecSinkTest, AStreamSaysWhatBecameOfEachEvent) {
    Settings settings;
    settings.mode = Settings::Mode::stream;
    settings.command = {"/usr/bin/python3", "-c",
                        "import sys, json\n"
                        "for n, line in enumerate(sys.stdin):\n"
                        "    print(json.loads(line)['id'], ['', 'retry', 'reject'][n % 3], flush=True)\n"};
    make(exec_sink, settings, event::Format::cloudevents);
    ASSERT_TRUE(open());
    for (int i = 0; i < 999; ++i) event(std::to_string(i));
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes) << outcomes.error().why;
    ASSERT_EQ(outcomes->size(), 999u);
    for (std::size_t i = 0; i < 999; ++i) ASSERT_EQ(static_cast<std::size_t>((*outcomes)[i].kind), i % 3) << i;
    close();
}

TEST_F(ExecSinkTest, AStreamThatEndsIsAwayAndStartedAgain) {
    use_python("sys.exit(1)");
    event("{}");
    const auto outcomes = deliver();
    ASSERT_FALSE(outcomes);
    EXPECT_EQ(outcomes.error().why, "the command closed its output");
    EXPECT_TRUE(open());
}

TEST_F(ExecSinkTest, WhatAStreamAnsweredBeforeItEndedCounts) {
    Settings settings;
    settings.mode = Settings::Mode::stream;
    settings.command = {"/usr/bin/python3", "-c",
                        "import sys, json\n"
                        "ids = [json.loads(sys.stdin.readline())['id'] for _ in range(6)]\n"
                        "for n in (1, 0, 2, 4): print(ids[n], flush=True)\n"};
    make(exec_sink, settings, event::Format::cloudevents);
    ASSERT_TRUE(open());
    for (int i = 0; i < 6; ++i) event(std::to_string(i));
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes) << outcomes.error().why;
    EXPECT_EQ(outcomes->size(), 3u) << "up to the first that was not answered";
    event("{}");
    EXPECT_EQ(deliver().error().why, "the command closed its output");
    EXPECT_TRUE(open());
}

TEST_F(ExecSinkTest, ADescendantThatGoesOnPrintingHoldsUpNothing) {
    Settings settings;
    settings.command = {"/bin/sh", "-c", "timeout 20 yes & exit 0"};
    make(exec_sink, settings);
    ASSERT_TRUE(open());
    event("{}");
    const auto begin = std::chrono::steady_clock::now();
    const auto outcomes = deliver();
    ASSERT_TRUE(outcomes);
    EXPECT_EQ((*outcomes)[0].kind, Outcome::Kind::delivered);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(ExecSinkTest, AStreamThatAnswersNonsenseIsAway) {
    use_python("print('hello', flush=True); sys.stdin.read()");
    event("{}");
    EXPECT_EQ(deliver().error().why, "the command answered with a line that names no event");
    use_python("print('x' * 100000, flush=True); sys.stdin.read()");
    event("{}");
    EXPECT_EQ(deliver().error().why, "the command answered with a line that is too long");
}

TEST_F(ExecSinkTest, AStreamMayFinishWhenItsInputEnds) {
    use_python("sys.stdin.read(); open('" + (directory.path() / "finished").string() + "', 'w')");
    close();
    EXPECT_TRUE(std::filesystem::exists(directory.path() / "finished"));
}

TEST_F(ExecSinkTest, AStreamThatDoesNotFinishIsKilled) {
    use_python("import time; time.sleep(1000)");
    const auto begin = std::chrono::steady_clock::now();
    close();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

} // namespace
} // namespace webhookd::sinks
