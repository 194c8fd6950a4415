// The ceiling for any HTTP server on this machine: reads whatever has come, answers with the same bytes each time, and
// understands nothing.
//
//     echo PORT

#include <array>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    constexpr std::string_view answer = "HTTP/1.1 204 No Content\r\n\r\n";
    const int listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0), yes = 1;
    sockaddr_in address{.sin_family = AF_INET,
                        .sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1]))),
                        .sin_addr = {htonl(INADDR_LOOPBACK)},
                        .sin_zero = {}};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 4096) != 0)
        return 1;
    const auto watch = [&](int socket) {
        epoll_event event{.events = EPOLLIN, .data = {.fd = socket}};
        epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
    };
    watch(listener);
    static std::array<char, 1 << 16> bytes;
    std::array<epoll_event, 256> events;
    for (;;) {
        const int ready = epoll_wait(poll, events.data(), events.size(), -1);
        for (int i = 0; i < ready; ++i) {
            const int socket = events[static_cast<std::size_t>(i)].data.fd;
            if (socket == listener) {
                const int sender = accept(listener, nullptr, nullptr);
                setsockopt(sender, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                watch(sender);
            } else if (read(socket, bytes.data(), bytes.size()) <= 0 ||
                       write(socket, answer.data(), answer.size()) < 0) {
                close(socket);
            }
        }
    }
}
