#include "http/listening_socket.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

namespace webhookd::http {
namespace {

constexpr int backlog = 4096; // the kernel cuts it to net.core.somaxconn

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(system_error(what).message);
}

void set_option(int fd, int level, int option, int value) {
    static_cast<void>(::setsockopt(fd, level, option, &value, sizeof value));
}

std::uint64_t inode_of(const std::filesystem::path& path) noexcept {
    struct stat file {};
    return ::stat(path.c_str(), &file) == 0 ? file.st_ino : 0;
}

sockaddr_un unix_address(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.native().size() >= sizeof address.sun_path)
        throw std::runtime_error("the path of the socket \"" + path.native() + "\" must have 1 to 107 characters");
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    return address;
}

template <class Address>
int call_with(int (*call)(int, const sockaddr*, socklen_t), int fd, const Address& address) {
    return call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

/// A socket file that nobody listens on any more is in the way of ours; one that is in use is not to be touched.
void remove_stale_socket(const std::filesystem::path& path, const sockaddr_un& address) {
    if (!std::filesystem::is_socket(path)) return; // of another kind, or nothing: bind tells
    const FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (call_with(::connect, probe.get(), address) == 0 || errno == EAGAIN)
        throw std::runtime_error("another process listens on " + path.native());
    if (errno == ECONNREFUSED) ::unlink(path.c_str());
}

ListeningSocket open_unix(const std::filesystem::path& path, std::uint32_t mode) {
    const auto address = unix_address(path);
    remove_stale_socket(path, address);
    FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) fail("opening a unix socket");
    if (call_with(::bind, fd.get(), address) != 0) fail("binding " + path.native());
    auto socket = ListeningSocket::unix_file(std::move(fd), path);
    if (::chmod(path.c_str(), mode) != 0) fail("setting the permissions of " + path.native());
    if (::listen(socket.fd(), backlog) != 0) fail("listening on " + path.native());
    return socket;
}

ListeningSocket open_tcp(const addrinfo& info, const std::string& name) {
    FileDescriptor fd(::socket(info.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (!fd) fail("opening a socket for " + name);
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1); // accepted sockets inherit it
    if (info.ai_family == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (::bind(fd.get(), info.ai_addr, info.ai_addrlen) != 0) fail("binding " + name);
    if (::listen(fd.get(), backlog) != 0) fail("listening on " + name);
    return ListeningSocket::tcp(std::move(fd));
}

struct HostAndPort {
    std::string host; // empty: every address
    std::string port;
};

HostAndPort split(const std::string& address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) throw std::runtime_error("\"" + address + "\" has no port");
    auto host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return {host, address.substr(colon + 1)};
}

std::vector<ListeningSocket> open_tcp(const std::string& address) {
    auto [host, port] = split(address);
    if (host.empty()) host = "::";
    // A container may have no IPv6 at all; every address then means every IPv4 address.
    if (host == "::" && !FileDescriptor(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0))) host = "0.0.0.0";

    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0)
        throw std::runtime_error("the address \"" + address + "\" cannot be listened on: " + ::gai_strerror(error));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &::freeaddrinfo);
    std::vector<ListeningSocket> sockets;
    for (const auto* info = found; info; info = info->ai_next) sockets.push_back(open_tcp(*info, address));
    return sockets;
}

std::vector<ListeningSocket> inherit() {
    const int count = ::sd_listen_fds(0);
    if (count <= 0) throw std::runtime_error("systemd passed no socket: is there a .socket unit?");
    std::vector<ListeningSocket> sockets;
    for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; ++fd) {
        if (::sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
            throw std::runtime_error("systemd passed something else than a listening stream socket");
        const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (copy < 0) fail("taking over a socket from systemd");
        sockets.push_back(ListeningSocket::inherited(FileDescriptor(copy)));
        static_cast<void>(::fcntl(copy, F_SETFL, ::fcntl(copy, F_GETFL) | O_NONBLOCK));
        set_option(copy, IPPROTO_TCP, TCP_NODELAY, 1);
    }
    return sockets;
}

} // namespace

ListeningSocket::ListeningSocket(FileDescriptor fd, std::filesystem::path path, bool is_inherited)
    : fd_(std::move(fd)), path_(std::move(path)), inode_(path_.empty() ? 0 : inode_of(path_)),
      is_inherited_(is_inherited) {}

ListeningSocket::~ListeningSocket() {
    // The file may be somebody else's by now, who took our place.
    if (fd_ && !path_.empty() && inode_of(path_) == inode_) ::unlink(path_.c_str());
}

std::uint16_t ListeningSocket::port() const noexcept {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    return 0;
}

std::vector<ListeningSocket> open_listening_sockets(const std::string& address, std::uint32_t socket_mode) {
    constexpr std::string_view unix_prefix = "unix:";
    if (address == "systemd") return inherit();
    if (!address.starts_with(unix_prefix)) return open_tcp(address);
    std::vector<ListeningSocket> sockets;
    sockets.push_back(open_unix(address.substr(unix_prefix.size()), socket_mode));
    return sockets;
}

} // namespace webhookd::http
