#pragma once

#include "webhookd/runtime/task.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

namespace webhookd::http {

/// TCP or unix.
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
using ErrorCode = boost::system::error_code;

struct FreeSsl {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using SslPointer = std::unique_ptr<SSL, FreeSsl>;

/// The bytes of a connection, plain or through TLS.
///
/// TLS is spoken by OpenSSL directly over the socket and not by asio::ssl::stream: an idle connection then needs no
/// buffers of its own (71 KiB there), and a record is not copied between two of them.
class Stream {
public:
    /// `ssl` is null for plain.
    Stream(Socket socket, SslPointer ssl);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    enum class Handshake : std::uint8_t {
        done,
        plain_http, // not TLS at all, but a request in plain HTTP
        failed,     // refused by one of the two; the alert is sent
        broken_off, // the connection ended, or was cancelled
    };
    /// `received` was read from the socket before and comes first.
    Task<Handshake> handshake(std::string received);

    /// At least one byte, or an error; asio::error::eof at an orderly end. Of a plain stream `read_raw` is the same.
    Task<std::tuple<ErrorCode, std::size_t>> read(std::span<char> room);
    /// What is there already: 0 where nothing is, or the end.
    std::size_t read_now(std::span<char> room);
    /// At least one byte from the socket itself, whatever is spoken on it; to be awaited. No coroutine: one for each
    /// read shows in the cost of an event.
    auto read_raw(std::span<char> room) {
        return socket_.async_read_some(asio::buffer(room.data(), room.size()), use_result);
    }

    /// Sends as much as goes without waiting and takes it off `bytes`.
    ErrorCode send(std::string_view& bytes);
    /// Sends as much of an answer in plain as goes without waiting, although the stream speaks TLS.
    void send_raw(std::string_view bytes) noexcept;
    /// Completes when a `send` that left something over may be tried again.
    Task<ErrorCode> wait_until_writable();

    /// Tells a TLS peer that nothing more will come; of a plain one the end of the connection is enough.
    void say_goodbye() noexcept;
    void shut_down_sending() noexcept;
    /// Ends a pending wait with asio::error::operation_aborted.
    void cancel() noexcept;
    bool is_tls() const noexcept { return ssl_ != nullptr; }

private:
    struct Bio; // how OpenSSL reads and writes the socket
    friend struct Bio;

    Socket socket_;
    SslPointer ssl_;
    std::string received_;      // to be read by OpenSSL before the socket
    bool may_have_more_ = true; // the socket, as far as its last read tells; OpenSSL reads once more otherwise
    bool is_broken_ = false;    // TLS failed in a way after which nothing may be sent
};

} // namespace webhookd::http
