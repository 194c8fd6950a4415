#pragma once

#include "webhookd/base/file.hpp"

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace webhookd::test {

struct RawAnswer {
    unsigned status = 0;
    std::string head; // with its final empty line
    std::string body;

    /// The value of a header, "" where there is none.
    std::string header(std::string_view name) const;
};

/// A client that sends exactly the bytes it is told to and reads answers strictly. Blocks, at most `patience` for each
/// step; what should not happen throws.
class RawClient {
public:
    static RawClient tcp(std::uint16_t port, const char* address = "127.0.0.1");
    /// With a socket, but not connected yet.
    static RawClient prepared(std::uint16_t port, const char* address = "127.0.0.1");
    void connect();
    static RawClient unix_socket(const std::filesystem::path& path);
    RawClient(RawClient&&) noexcept = default;
    RawClient& operator=(RawClient&&) noexcept = default;
    ~RawClient();

    /// Continues in TLS; false where the handshake fails.
    bool start_tls(int version = 0, const std::string& alpn = {}, const std::filesystem::path& certificate = {},
                   const std::filesystem::path& key = {});
    std::string chosen_protocol() const; // ALPN
    const SSL* ssl() const noexcept { return ssl_.get(); }
    /// How many greetings the handshake took: two where the server wanted another key share.
    unsigned client_hellos() const noexcept { return *client_hellos_; }

    /// False where the connection does not take them any more.
    bool send(std::string_view bytes);
    /// Whether the connection is at its end, in order or not, before anything else arrives.
    bool is_closed();
    /// All that arrives until the end of the connection.
    std::string rest();
    /// Whether nothing arrives for this long.
    bool is_silent_for(std::chrono::milliseconds duration);
    /// The next answer, interim ones too; nothing where the connection ends first. `to_head`: without a body.
    std::optional<RawAnswer> answer(bool to_head = false);

    void shut_down_sending();
    void reset(); // with RST
    int fd() const noexcept { return fd_.get(); }

    std::chrono::milliseconds patience{10'000};

private:
    explicit RawClient(FileDescriptor fd) : fd_(std::move(fd)) {}
    bool receive(); // more into received_; false at the end
    bool wait(short events, std::chrono::milliseconds duration);

    struct FreeSsl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    FileDescriptor fd_;
    sockaddr_storage peer_{};
    std::unique_ptr<SSL, FreeSsl> ssl_;
    std::string received_;
    std::unique_ptr<unsigned> client_hellos_ = std::make_unique<unsigned>(0);
};

} // namespace webhookd::test
