#include "integration/http/server.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace webhookd::http {
namespace {

using namespace std::chrono_literals;

class DoorTest : public ListenerTest {
protected:
    std::string complaint() {
        try {
            Listener failing(settings, handler);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return {};
    }
    std::filesystem::path socket_path() const { return directory.path() / "hook.sock"; }
    void expect_answer(test::RawClient client) {
        client.send(post("/hook", "{}"));
        EXPECT_EQ(client.answer().value().status, 200u);
    }
};

TEST_F(DoorTest, EveryAddressMeansBothFamilies) {
    settings.address = "[::]:0";
    start();
    expect_answer(test::RawClient::tcp(listener->port(), "127.0.0.1"));
    expect_answer(test::RawClient::tcp(listener->port(), "::1"));
}

TEST_F(DoorTest, APeerOfADualStackSocketIsAnIPv4Address) {
    settings.address = ":0";
    start();
    auto client = connect();
    client.send(post("/hook", ""));
    EXPECT_EQ(client.answer().value().body, "POST /hook 127.0.0.1 s ");
}

TEST_F(DoorTest, AnAddressInUseIsNamed) {
    start();
    settings.address = "127.0.0.1:" + std::to_string(listener->port());
    EXPECT_EQ(complaint(), "binding " + settings.address + ": Address already in use");
}

TEST_F(DoorTest, AnAddressThatIsNoneIsNamed) {
    settings.address = "127.0.0.1";
    EXPECT_EQ(complaint(), "\"127.0.0.1\" has no port");
    settings.address = "no.such.host.invalid:80";
    EXPECT_NE(complaint().find("\"no.such.host.invalid:80\" cannot be listened on"), std::string::npos);
}

TEST_F(DoorTest, ListensOnAUnixSocketForItsGroupAndRemovesItAtTheEnd) {
    settings.address = "unix:" + socket_path().string();
    start();
    struct stat file {};
    ASSERT_EQ(::stat(socket_path().c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777, 0660u);
    EXPECT_EQ(listener->port(), 0);
    auto client = test::RawClient::unix_socket(socket_path());
    client.send(post("/hook", ""));
    EXPECT_EQ(client.answer().value().body, "POST /hook 0.0.0.0 s ");
    listener.reset();
    EXPECT_FALSE(std::filesystem::exists(socket_path()));
}

TEST_F(DoorTest, ReplacesAStaleSocketButNotOneInUse) {
    settings.address = "unix:" + socket_path().string();
    {
        const FileDescriptor stale(::socket(AF_UNIX, SOCK_STREAM, 0));
        start();
        std::filesystem::create_hard_link(socket_path(), directory.path() / "kept");
        listener.reset();
        std::filesystem::rename(directory.path() / "kept", socket_path());
    }
    start();
    expect_answer(test::RawClient::unix_socket(socket_path()));
    EXPECT_EQ(complaint(), "another process listens on " + socket_path().string());
}

TEST_F(DoorTest, DoesNotReplaceAFileThatIsNoSocket) {
    replace_file(socket_path(), "precious").value();
    settings.address = "unix:" + socket_path().string();
    EXPECT_EQ(complaint(), "binding " + socket_path().string() + ": Address already in use");
    EXPECT_EQ(read_file(socket_path()).value(), "precious");
}

TEST_F(DoorTest, RunningOutOfDescriptorsSlowsAcceptingAndDoesNotEndIt) {
    start();
    auto before = connect();
    before.send(post("/hook", "{}"));
    EXPECT_EQ(before.answer().value().status, 200u);
    auto waiting = test::RawClient::prepared(listener->port());
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const rlimit none{3, limit.rlim_max};
    spdlog::set_level(spdlog::level::off); // what it says is expected here
    ::setrlimit(RLIMIT_NOFILE, &none);
    waiting.connect();
    while (listener->counters().accept_errors.value() == 0) std::this_thread::sleep_for(1ms);
    before.send(post("/hook", "{}")); // existing connections live on
    EXPECT_EQ(before.answer().value().status, 200u);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    spdlog::set_level(spdlog::level::info);
    expect_answer(std::move(waiting));
}

/// Socket activation as systemd does it, in a process of its own because the protocol is tied to its id.
TEST_F(DoorTest, TakesOverASocketFromSystemdAndLeavesItOpen) {
    const FileDescriptor door(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(door.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(door.get(), 16), 0);
    socklen_t size = sizeof address;
    ::getsockname(door.get(), reinterpret_cast<sockaddr*>(&address), &size);
    const auto port = ntohs(address.sin_port);

    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::dup2(door.get(), 3);
        ::setenv("LISTEN_FDS", "1", 1);
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        settings.address = "systemd";
        start();
        std::this_thread::sleep_for(300ms);
        listener->drain(1s);
        ::_exit(handler.handled("/hook") == 1 ? 0 : 1);
    }
    expect_answer(test::RawClient::tcp(port));
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    auto next = test::RawClient::tcp(port); // the queue is there for the next process
    EXPECT_TRUE(next.is_silent_for(50ms));
}

} // namespace
} // namespace webhookd::http
