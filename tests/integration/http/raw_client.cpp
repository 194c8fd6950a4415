#include "support/raw_client.hpp"

#include "webhookd/base/text.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

namespace webhookd::test {
namespace {

[[noreturn]] void fail(const char* what) {
    throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

void count_client_hellos(int written, int, int type, const void* message, std::size_t size, SSL*, void* counter) {
    if (written && type == SSL3_RT_HANDSHAKE && size > 0 && *static_cast<const char*>(message) == SSL3_MT_CLIENT_HELLO)
        ++*static_cast<unsigned*>(counter);
}

} // namespace

std::string RawAnswer::header(std::string_view name) const {
    std::string_view rest = head;
    rest.remove_prefix(rest.find("\r\n") + 2);
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find("\r\n"));
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && equals_ignoring_case(line.substr(0, colon), name))
            return std::string(trim(line.substr(colon + 1)));
        rest.remove_prefix(line.size() + 2);
    }
    return {};
}

RawClient RawClient::tcp(std::uint16_t port, const char* address) {
    auto client = prepared(port, address);
    client.connect();
    return client;
}

RawClient RawClient::prepared(std::uint16_t port, const char* address) {
    const bool is_v6 = std::strchr(address, ':') != nullptr;
    RawClient client(FileDescriptor(::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)));
    if (is_v6) {
        auto& to = reinterpret_cast<sockaddr_in6&>(client.peer_);
        to.sin6_family = AF_INET6;
        to.sin6_port = htons(port);
        ::inet_pton(AF_INET6, address, &to.sin6_addr);
    } else {
        auto& to = reinterpret_cast<sockaddr_in&>(client.peer_);
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        ::inet_pton(AF_INET, address, &to.sin_addr);
    }
    return client;
}

void RawClient::connect() {
    const socklen_t size = peer_.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&peer_), size) != 0) fail("connect");
}

RawClient RawClient::unix_socket(const std::filesystem::path& path) {
    FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
    return RawClient(std::move(fd));
}

RawClient::~RawClient() {
    if (ssl_) SSL_set_quiet_shutdown(ssl_.get(), 1);
}

bool RawClient::start_tls(int version, const std::string& alpn, const std::filesystem::path& certificate,
                          const std::filesystem::path& key) {
    ::signal(SIGPIPE, SIG_IGN); // OpenSSL writes with write(2)
    const std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_client_method()));
    if (!certificate.empty()) {
        SSL_CTX_use_certificate_file(context.get(), certificate.c_str(), SSL_FILETYPE_PEM);
        SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM);
    }
    ssl_.reset(SSL_new(context.get()));
    SSL_set_security_level(ssl_.get(), 0); // old versions are offered to see them refused
    if (version != 0) {
        SSL_set_min_proto_version(ssl_.get(), version);
        SSL_set_max_proto_version(ssl_.get(), version);
    }
    if (!alpn.empty())
        SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                            static_cast<unsigned>(alpn.size()));
    SSL_set_msg_callback(ssl_.get(), &count_client_hellos);
    SSL_set_msg_callback_arg(ssl_.get(), client_hellos_.get());
    SSL_set_fd(ssl_.get(), fd_.get());
    return SSL_connect(ssl_.get()) == 1;
}

std::string RawClient::chosen_protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        if (ssl_) {
            if (SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0) return false;
            return true;
        }
        const auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

bool RawClient::wait(short events, std::chrono::milliseconds duration) {
    pollfd poll{fd_.get(), events, 0};
    return ::poll(&poll, 1, static_cast<int>(duration.count())) > 0;
}

bool RawClient::receive() {
    char room[4096];
    if (!(ssl_ && SSL_pending(ssl_.get()) > 0) && !wait(POLLIN, patience))
        throw std::runtime_error("nothing came in time");
    const auto n = ssl_ ? SSL_read(ssl_.get(), room, sizeof room) : ::recv(fd_.get(), room, sizeof room, 0);
    if (n <= 0) return false;
    received_.append(room, static_cast<std::size_t>(n));
    return true;
}

bool RawClient::is_closed() {
    return received_.empty() && !receive();
}

std::string RawClient::rest() {
    while (receive()) {
    }
    return std::exchange(received_, {});
}

bool RawClient::is_silent_for(std::chrono::milliseconds duration) {
    return received_.empty() && !wait(POLLIN, duration);
}

std::optional<RawAnswer> RawClient::answer(bool to_head) {
    RawAnswer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
        if (!receive()) {
            if (!received_.empty()) throw std::runtime_error("half an answer: " + received_);
            return std::nullopt;
        }
    answer.head = received_.substr(0, end + 4);
    received_.erase(0, end + 4);
    if (!answer.head.starts_with("HTTP/1.1 ")) throw std::runtime_error("not an answer: " + answer.head);
    answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(9, 3)));
    const auto length_text = answer.header("Content-Length");
    const std::size_t length = length_text.empty() || to_head ? 0 : std::stoul(length_text);
    while (received_.size() < length)
        if (!receive()) throw std::runtime_error("half a body: " + received_);
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    return answer;
}

void RawClient::shut_down_sending() {
    ::shutdown(fd_.get(), SHUT_WR);
}

void RawClient::reset() {
    const linger now{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_.reset();
}

} // namespace webhookd::test
