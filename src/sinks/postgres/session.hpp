#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/runtime/task.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <libpq-fe.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace webhookd::sinks::postgres {

/// A connection to PostgreSQL that waits without blocking, so that it can be cancelled.
class Session {
public:
    explicit Session(Executor executor) : readiness_(executor) {}
    ~Session() { close(); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Task<Result<>> connect(std::string url);
    void close() noexcept;

    struct Failure {
        std::string sqlstate; // empty: the connection is lost
        std::string why;
    };
    /// One statement with parameters in their binary form, to its end; rows that it returns are not looked at.
    Task<Result<void, Failure>> execute(const std::string& statement, std::span<const std::string_view> parameters);

private:
    struct Finish {
        void operator()(PGconn* connection) const noexcept { ::PQfinish(connection); }
    };
    using Connection = std::unique_ptr<PGconn, Finish>;

    Task<> wait(asio::posix::descriptor_base::wait_type what);
    std::string message() const;

    Connection connection_;
    asio::posix::basic_stream_descriptor<Executor> readiness_; // of libpq's socket, which stays libpq's
};

} // namespace webhookd::sinks::postgres
