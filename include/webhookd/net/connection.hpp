#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/base/units.hpp"
#include "webhookd/runtime/task.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// The way out: connections to other people's servers.
namespace webhookd::net {

/// For connections that verify whom they reach: signed by who is in the PEM file `ca`, or, where that is empty, by
/// whom the system trusts. TLS 1.2 at least. Throws std::runtime_error where the file cannot be used.
asio::ssl::context make_client_tls(const std::filesystem::path& ca);

/// One connection, plain or through TLS; made for one peer, used by one task at a time. Errors are sentences without
/// secrets.
class Connection {
public:
    explicit Connection(Executor executor);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// From now on the connection is closed after `limit`, whatever it waits for, and what waits fails; until
    /// end_limit(). Limits do not nest.
    void begin_limit(Duration limit);
    void end_limit() noexcept;
    bool is_expired() const noexcept { return watch_->is_expired; }

    /// Looks the host up and connects to the first of its addresses that answers, within a limit: each gets its share
    /// of the time that is left.
    Task<Result<>> connect(std::string host, std::string port);
    /// Puts TLS on top. The certificate must be for `host`. The context must outlive the connection.
    Task<Result<>> secure(asio::ssl::context& tls, std::string host);

    /// Writes both, all of them. What they show must live until the task is done.
    Task<boost::system::error_code> write(std::string_view first, std::string_view second = {});
    /// Appends what comes next, 16 KiB at most; an error where nothing comes any more (asio::error::eof).
    Task<boost::system::error_code> read_some(std::string& into);

    /// Whether an idle connection is still of use: the peer has not closed it and, as far as can be told, sent nothing.
    bool is_quiet() const noexcept;
    /// What an error means, in view of the limit.
    std::string describe(const boost::system::error_code& error) const;

private:
    using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
    /// Outlives the connection where a limit is still on its way.
    struct Watch {
        Connection* connection = nullptr;
        std::uint64_t number = 0; // of the limit
        bool is_expired = false;
    };
    struct Turn;
    void close() noexcept;

    Socket socket_;
    std::optional<asio::ssl::stream<Socket&>> secure_;
    Timer limit_;
    Timer lookup_;
    Duration limit_length_{0};
    std::shared_ptr<Watch> watch_ = std::make_shared<Watch>();
};

} // namespace webhookd::net
