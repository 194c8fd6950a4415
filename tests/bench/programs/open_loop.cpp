// Sends the bodies of a file at a fixed rate over keep-alive connections, and prints how long the answers took. Open
// loop: a request is due at its time whether or not others are answered, and its latency counts from that time. It
// takes a whole core, so that nothing waits for this program to be woken.
//
//     open_loop PORT PATH BODIES RATE SECONDS CONNECTIONS
//
// Prints requests, then microseconds: median, p99, p99.9, the longest, and the longest that this program itself was
// late with a connection free. Ends with 1 where an answer is not a 2xx.

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iostream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Microseconds = std::chrono::duration<double, std::micro>;

std::vector<std::string> requests(const char* file, std::string_view path) {
    std::vector<std::string> all;
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        const auto tab = line.find('\t');
        if (tab == std::string::npos) throw std::runtime_error("a line without a tab");
        const auto body = line.substr(tab + 1);
        all.push_back(
            "POST " + std::string(path) +
            " HTTP/1.1\r\nHost: bench\r\nUser-Agent: python-requests/2.33.0\r\nAccept-Encoding: gzip, deflate\r\n"
            "Accept: */*\r\ncontent-type: application/json\r\nX-Flagsmith-Signature: " +
            line.substr(0, tab) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    if (all.empty()) throw std::runtime_error("no bodies");
    return all;
}

/// One that is asked, and what has come of the answer.
struct Connection {
    int socket = -1;
    Clock::time_point due;
    std::string answer;

    explicit Connection(std::uint16_t port) : socket(::socket(AF_INET, SOCK_STREAM, 0)) {
        const sockaddr_in address{
            .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("no connection");
        const int yes = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    void ask(std::string_view request) const {
        while (!request.empty()) {
            const auto sent = ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
            if (sent < 0) throw std::runtime_error("the connection ended");
            request.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    /// Whether the answer is complete now.
    bool read_some() {
        char bytes[4096];
        const auto got = ::recv(socket, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN) return false;
        if (got <= 0) throw std::runtime_error("the connection ended");
        answer.append(bytes, static_cast<std::size_t>(got));
        const auto end = answer.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        if (answer.compare(0, 10, "HTTP/1.1 2") != 0) throw std::runtime_error(answer);
        auto length = answer.find("ontent-Length: ");
        if (length == std::string::npos) length = answer.find("ontent-length: ");
        std::size_t body = 0;
        if (length < end) std::from_chars(answer.data() + length + 15, answer.data() + end, body);
        if (answer.size() < end + 4 + body) return false;
        answer.clear();
        return true;
    }
};

struct Run {
    std::vector<float> late; // microseconds
    double own = 0;
};

Run run(std::vector<Connection>& connections, const std::vector<std::string>& bodies, double rate, double seconds) {
    const int poll = ::epoll_create1(0);
    std::vector<Connection*> idle;
    for (auto& connection : connections) {
        epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
        ::epoll_ctl(poll, EPOLL_CTL_ADD, connection.socket, &event);
        idle.push_back(&connection);
    }
    const auto count = static_cast<std::size_t>(rate * seconds);
    Run result;
    result.late.reserve(count);
    std::vector<epoll_event> events(connections.size());
    const auto begin = Clock::now();
    auto last_look = begin;
    for (std::size_t sent = 0; result.late.size() < count;) {
        for (; sent < count && !idle.empty(); ++sent) {
            const auto due = begin + std::chrono::duration_cast<Clock::duration>(
                                         std::chrono::duration<double>(static_cast<double>(sent) / rate));
            const auto now = Clock::now();
            if (due > now) break;
            // Since the last look for answers the free connections are as they are: what was due since then waits for
            // us.
            result.own = std::max(result.own, Microseconds(now - std::max(due, last_look)).count());
            idle.back()->due = due;
            idle.back()->ask(bodies[sent * 7919 % bodies.size()]);
            idle.pop_back();
        }
        last_look = Clock::now();
        const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 0);
        for (int i = 0; i < ready; ++i) {
            auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
            if (!connection.read_some()) continue;
            result.late.push_back(static_cast<float>(Microseconds(Clock::now() - connection.due).count()));
            idle.push_back(&connection);
        }
    }
    ::close(poll);
    return result;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        std::cerr << "usage: open_loop PORT PATH BODIES RATE SECONDS CONNECTIONS\n";
        return 2;
    }
    try {
        const auto bodies = requests(argv[3], argv[2]);
        std::vector<Connection> connections;
        for (int i = 0; i < std::stoi(argv[6]); ++i)
            connections.emplace_back(static_cast<std::uint16_t>(std::stoi(argv[1])));
        auto result = run(connections, bodies, std::stod(argv[4]), std::stod(argv[5]));
        std::sort(result.late.begin(), result.late.end());
        const auto at = [&](double share) {
            return result.late[static_cast<std::size_t>(static_cast<double>(result.late.size() - 1) * share)];
        };
        std::cout << result.late.size() << ' ' << at(0.5) << ' ' << at(0.99) << ' ' << at(0.999) << ' ' << at(1) << ' '
                  << result.own << '\n';
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
