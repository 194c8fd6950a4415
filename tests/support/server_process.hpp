#pragma once

#include "support/temporary_directory.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace webhookd::test {

/// A port of 127.0.0.1 that nobody listens on at the moment.
inline std::uint16_t free_port() {
    boost::asio::io_context context;
    boost::asio::ip::tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

/// A real server in a directory of its own, ready when it is made, gone with its owner.
class ServerProcess {
public:
    ServerProcess(std::vector<std::string> command, std::uint16_t port) : command_(std::move(command)), port_(port) {
        start();
    }
    ~ServerProcess() { stop(); }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    void start() {
        std::vector<char*> arguments;
        for (auto& word : command_) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
        const int error =
            ::posix_spawnp(&process_, command_.front().c_str(), &actions, nullptr, arguments.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (error != 0) throw std::runtime_error("starting " + command_.front());
        wait_until_ready();
    }
    void stop(int signal = SIGKILL) {
        if (process_ <= 0) return;
        ::kill(process_, signal);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }
    void freeze() const { ::kill(process_, SIGSTOP); }
    void thaw() const { ::kill(process_, SIGCONT); }
    std::uint16_t port() const noexcept { return port_; }

private:
    void wait_until_ready() const {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        boost::asio::io_context context;
        for (;;) {
            boost::asio::ip::tcp::socket socket(context);
            boost::system::error_code error;
            socket.connect({boost::asio::ip::address_v4::loopback(), port_}, error);
            if (!error) return;
            if (std::chrono::steady_clock::now() > end) throw std::runtime_error(command_.front() + " does not listen");
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

    std::vector<std::string> command_;
    std::uint16_t port_;
    pid_t process_ = -1;
};

} // namespace webhookd::test
