#include "webhookd/net/connection.hpp"

#include "net/resolve.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <poll.h>
#include <stdexcept>

namespace webhookd::net {
namespace {

constexpr std::size_t most_read = 16 * 1024;

/// SNI; the macro of OpenSSL casts in the old style.
void name_server(SSL* ssl, std::string host) {
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
}

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

} // namespace

asio::ssl::context make_client_tls(const std::filesystem::path& ca) {
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                    asio::ssl::context::no_tlsv1_1);
    tls.set_verify_mode(asio::ssl::verify_peer);
    boost::system::error_code error;
    if (ca.empty())
        tls.set_default_verify_paths(error);
    else
        tls.load_verify_file(ca.string(), error);
    if (error) throw std::runtime_error("the authorities in " + ca.string() + ": " + error.message());
    return tls;
}

Connection::Connection(Executor executor) : socket_(executor), limit_(executor), lookup_(executor) {
    watch_->connection = this;
}

Connection::~Connection() {
    watch_->connection = nullptr;
}

// --- the limit ---

void Connection::begin_limit(Duration limit) {
    limit_length_ = limit;
    watch_->is_expired = false;
    limit_.expires_after(limit);
    limit_.async_wait([watch = watch_, number = ++watch_->number](boost::system::error_code error) {
        if (error || watch->connection == nullptr || watch->number != number) return;
        watch->is_expired = true;
        watch->connection->close();
    });
}

void Connection::end_limit() noexcept {
    ++watch_->number;
    limit_.cancel();
}

void Connection::close() noexcept {
    boost::system::error_code ignored;
    lookup_.cancel();
    socket_.close(ignored);
}

std::string Connection::describe(const boost::system::error_code& error) const {
    if (is_expired()) return "no answer within " + format_duration(limit_length_);
    if (error == asio::error::eof) return "closed by the peer";
    return error.message();
}

// --- connecting ---

/// One try to connect may take until `end`; then the socket is closed, and the try fails.
struct Connection::Turn {
    Turn(Connection& connection, SteadyTime end) : timer(connection.socket_.get_executor(), end) {
        timer.async_wait([&connection, is_on = is_on](boost::system::error_code error) {
            boost::system::error_code ignored;
            if (!error && *is_on) connection.socket_.close(ignored);
        });
    }
    ~Turn() { *is_on = false; }
    std::shared_ptr<bool> is_on = std::make_shared<bool>(true);
    Timer timer;
};

Task<Result<>> Connection::connect(std::string host, std::string port) {
    const auto doing = "connecting to " + bracketed(host) + ":" + port + ": ";
    const auto endpoints = co_await resolve(lookup_, host, port);
    if (is_expired()) co_return Error{doing, describe({})};
    if (!endpoints) co_return endpoints.error();
    boost::system::error_code last = asio::error::host_not_found;
    auto left = static_cast<int>(endpoints->size());
    for (const auto& endpoint : *endpoints) {
        boost::system::error_code ignored;
        socket_.close(ignored);
        // An address that does not answer leaves time for those behind it.
        const auto now = std::chrono::steady_clock::now();
        const Turn turn(*this, now + (limit_.expiry() - now) / left--);
        const auto [error] = co_await socket_.async_connect(endpoint, use_result);
        last = error;
        if (!error || is_expired()) break;
    }
    if (last || is_expired()) co_return Error{doing, describe(last)};
    boost::system::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    co_return Result<>{};
}

Task<Result<>> Connection::secure(asio::ssl::context& tls, std::string host) {
    secure_.emplace(socket_, tls);
    boost::system::error_code is_name;
    asio::ip::make_address(host, is_name);
    if (is_name) name_server(secure_->native_handle(), host);
    secure_->set_verify_callback(asio::ssl::host_name_verification(host));
    const auto [error] = co_await secure_->async_handshake(asio::ssl::stream_base::client, use_result);
    if (!error) co_return Result<>{};
    const auto verdict = ::SSL_get_verify_result(secure_->native_handle());
    if (verdict != X509_V_OK && !is_expired())
        co_return Error{"the certificate of ", host, " is not trusted: ", ::X509_verify_cert_error_string(verdict)};
    co_return Error{"TLS with ", host, ": ", describe(error)};
}

// --- talking ---

Task<boost::system::error_code> Connection::write(std::string_view first, std::string_view second) {
    const std::array<asio::const_buffer, 2> both{asio::buffer(first), asio::buffer(second)};
    if (secure_) {
        const auto [error, bytes] = co_await asio::async_write(*secure_, both, use_result);
        co_return error;
    }
    const auto [error, bytes] = co_await asio::async_write(socket_, both, use_result);
    co_return error;
}

Task<boost::system::error_code> Connection::read_some(std::string& into) {
    const auto had = into.size();
    into.resize(had + most_read);
    const auto room = asio::buffer(into.data() + had, most_read);
    boost::system::error_code error;
    std::size_t got = 0;
    if (secure_)
        std::tie(error, got) = co_await secure_->async_read_some(room, use_result);
    else
        std::tie(error, got) = co_await socket_.async_read_some(room, use_result);
    into.resize(had + got);
    co_return error;
}

bool Connection::is_quiet() const noexcept {
    pollfd socket{.fd = const_cast<Socket&>(socket_).native_handle(), .events = POLLIN | POLLRDHUP, .revents = 0};
    if (::poll(&socket, 1, 0) < 0 || (socket.revents & ~POLLIN) != 0) return false;
    return socket.revents == 0 || secure_; // TLS has messages of its own, such as session tickets after the handshake
}

} // namespace webhookd::net
