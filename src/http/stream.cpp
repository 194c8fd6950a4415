#include "http/stream.hpp"

#include <boost/asio/error.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <sys/socket.h>

namespace webhookd::http {
namespace {

ErrorCode last_system_error() noexcept {
    return {errno, boost::system::system_category()};
}

bool would_block(int error) noexcept {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

} // namespace

/// A BIO over the socket: never raises SIGPIPE, and does not ask the kernel for bytes that it just said are not there.
struct Stream::Bio {
    static int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) {
        auto& stream = *static_cast<Stream*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        const auto n = ::send(stream.socket_.native_handle(), bytes, size, MSG_NOSIGNAL);
        if (n < 0 && would_block(errno)) BIO_set_retry_write(bio);
        *written = n > 0 ? static_cast<std::size_t>(n) : 0;
        return n > 0;
    }

    static int read(BIO* bio, char* room, std::size_t size, std::size_t* got) {
        auto& stream = *static_cast<Stream*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        *got = 0;
        if (!stream.received_.empty()) {
            *got = std::min(size, stream.received_.size());
            std::memcpy(room, stream.received_.data(), *got);
            stream.received_.erase(0, *got);
            return 1;
        }
        if (!stream.may_have_more_) {
            BIO_set_retry_read(bio);
            return 0;
        }
        const auto n = ::recv(stream.socket_.native_handle(), room, size, 0);
        stream.may_have_more_ = n > 0 && static_cast<std::size_t>(n) == size;
        if (n > 0) {
            *got = static_cast<std::size_t>(n);
            return 1;
        }
        if (n == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
        if (n < 0 && would_block(errno)) BIO_set_retry_read(bio);
        return 0;
    }

    static long control(BIO* bio, int command, long, void*) {
        switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_EOF:
            return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
        default:
            return 0;
        }
    }

    static BIO_METHOD* method() {
        static BIO_METHOD* const method = [] {
            BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection");
            if (!made || !BIO_meth_set_write_ex(made, &write) || !BIO_meth_set_read_ex(made, &read) ||
                !BIO_meth_set_ctrl(made, &control))
                throw std::bad_alloc();
            return made;
        }();
        return method;
    }
};

Stream::Stream(Socket socket, SslPointer ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {
    if (!ssl_) return;
    BIO* const bio = BIO_new(Bio::method());
    if (!bio) throw std::bad_alloc();
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
}

Task<Stream::Handshake> Stream::handshake(std::string received) {
    received_ = std::move(received);
    for (;;) {
        ERR_clear_error();
        const int result = SSL_do_handshake(ssl_.get());
        if (result == 1) co_return Handshake::done;
        switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            if (const auto [error] = co_await socket_.async_wait(Socket::wait_read, use_result); error)
                co_return Handshake::broken_off;
            may_have_more_ = true;
            break;
        case SSL_ERROR_WANT_WRITE:
            if (const auto [error] = co_await socket_.async_wait(Socket::wait_write, use_result); error)
                co_return Handshake::broken_off;
            break;
        case SSL_ERROR_SSL: {
            is_broken_ = true;
            const auto error = ERR_peek_error();
            if (ERR_GET_LIB(error) != ERR_LIB_SSL) co_return Handshake::failed;
            if (ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST) co_return Handshake::plain_http;
            if (ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING) co_return Handshake::broken_off;
            co_return Handshake::failed;
        }
        default:
            is_broken_ = true;
            co_return Handshake::broken_off;
        }
    }
}

Task<std::tuple<ErrorCode, std::size_t>> Stream::read(std::span<char> room) {
    using Outcome = std::tuple<ErrorCode, std::size_t>;
    if (!ssl_) co_return co_await read_raw(room);
    for (;;) {
        ERR_clear_error();
        std::size_t n = 0;
        const int result = SSL_read_ex(ssl_.get(), room.data(), room.size(), &n);
        if (result == 1) co_return Outcome{ErrorCode{}, n};
        switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            if (const auto [error] = co_await socket_.async_wait(Socket::wait_read, use_result); error)
                co_return Outcome{error, 0};
            may_have_more_ = true;
            break;
        case SSL_ERROR_WANT_WRITE: // an answer to a key update
            if (const auto [error] = co_await socket_.async_wait(Socket::wait_write, use_result); error)
                co_return Outcome{error, 0};
            break;
        case SSL_ERROR_ZERO_RETURN:
            co_return Outcome{asio::error::eof, 0};
        default:
            is_broken_ = true;
            co_return Outcome{asio::error::connection_reset, 0};
        }
    }
}

std::size_t Stream::read_now(std::span<char> room) {
    if (!ssl_) {
        const auto n = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
        return n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    ERR_clear_error();
    std::size_t n = 0;
    may_have_more_ = true;
    return SSL_read_ex(ssl_.get(), room.data(), room.size(), &n) == 1 ? n : 0;
}

ErrorCode Stream::send(std::string_view& bytes) {
    while (!bytes.empty()) {
        if (!ssl_) {
            const auto n = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n < 0) return would_block(errno) ? ErrorCode{} : last_system_error();
            bytes.remove_prefix(static_cast<std::size_t>(n));
            continue;
        }
        ERR_clear_error();
        std::size_t n = 0;
        const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &n);
        if (result == 1) {
            bytes.remove_prefix(n);
            continue;
        }
        if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_WRITE) return {};
        is_broken_ = true;
        return asio::error::connection_reset;
    }
    return {};
}

void Stream::send_raw(std::string_view bytes) noexcept {
    static_cast<void>(::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

Task<ErrorCode> Stream::wait_until_writable() {
    const auto [error] = co_await socket_.async_wait(Socket::wait_write, use_result);
    co_return error;
}

void Stream::say_goodbye() noexcept {
    if (!ssl_ || is_broken_ || !SSL_is_init_finished(ssl_.get())) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
}

void Stream::shut_down_sending() noexcept {
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::cancel() noexcept {
    ErrorCode ignored;
    socket_.cancel(ignored);
}

} // namespace webhookd::http
