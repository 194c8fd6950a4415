#include "sinks/postgres/session.hpp"

#include "webhookd/base/text.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace webhookd::sinks::postgres {
namespace {

struct Clear {
    void operator()(PGresult* result) const noexcept { ::PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

} // namespace

/// libpq may take another socket from one step of connecting to the next, so each wait watches a copy of its own.
Task<> Session::wait(asio::posix::descriptor_base::wait_type what) {
    boost::system::error_code ignored;
    readiness_.close(ignored);
    readiness_.assign(::fcntl(::PQsocket(connection_.get()), F_DUPFD_CLOEXEC, 0));
    co_await readiness_.async_wait(what, use_task);
}

/// Of the last error: its first line. libpq puts no passwords there.
std::string Session::message() const {
    const std::string_view text = ::PQerrorMessage(connection_.get());
    return std::string(trim(text.substr(0, text.find('\n'))));
}

Task<Result<>> Session::connect(std::string url) {
    close();
    // Ours is UTF-8, whatever the database or the environment would take.
    const char* const names[] = {"dbname", "client_encoding", nullptr};
    const char* const values[] = {url.c_str(), "UTF8", nullptr};
    constexpr int reads_url_in_dbname = 1;
    connection_.reset(::PQconnectStartParams(names, values, reads_url_in_dbname));
    if (!connection_) co_return Error{"connecting to PostgreSQL: out of memory"};
    if (::PQstatus(connection_.get()) == CONNECTION_BAD) co_return Error{"connecting to PostgreSQL: ", message()};
    for (auto step = PGRES_POLLING_WRITING; step != PGRES_POLLING_OK; step = ::PQconnectPoll(connection_.get())) {
        if (step == PGRES_POLLING_FAILED) co_return Error{"connecting to PostgreSQL: ", message()};
        co_await wait(step == PGRES_POLLING_READING ? asio::posix::descriptor_base::wait_read
                                                    : asio::posix::descriptor_base::wait_write);
    }
    ::PQsetnonblocking(connection_.get(), 1);
    ::PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    co_return Result<>{};
}

void Session::close() noexcept {
    boost::system::error_code ignored;
    readiness_.close(ignored);
    connection_.reset();
}

Task<Result<void, Session::Failure>> Session::execute(const std::string& statement,
                                                      std::span<const std::string_view> parameters) {
    std::vector<const char*> values;
    std::vector<int> lengths;
    for (const auto parameter : parameters) {
        values.push_back(parameter.data());
        lengths.push_back(static_cast<int>(parameter.size()));
    }
    constexpr int binary = 1;
    const std::vector<int> formats(parameters.size(), binary);
    if (::PQsendQueryParams(connection_.get(), statement.c_str(), static_cast<int>(parameters.size()), nullptr,
                            values.data(), lengths.data(), formats.data(), 0) == 0)
        co_return Failure{"", message()};
    for (int rest = 1; rest != 0;) { // while libpq could not write all of it
        rest = ::PQflush(connection_.get());
        if (rest < 0) co_return Failure{"", message()};
        if (rest == 0) break;
        co_await wait(asio::posix::descriptor_base::wait_write);
        if (::PQconsumeInput(connection_.get()) == 0) co_return Failure{"", message()};
    }
    Result<void, Failure> result;
    for (;;) {
        while (::PQisBusy(connection_.get()) != 0) {
            co_await wait(asio::posix::descriptor_base::wait_read);
            if (::PQconsumeInput(connection_.get()) == 0) co_return Failure{"", message()};
        }
        const Answer answer(::PQgetResult(connection_.get()));
        if (!answer) co_return result;
        const auto status = ::PQresultStatus(answer.get());
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) continue;
        const char* sqlstate = ::PQresultErrorField(answer.get(), PG_DIAG_SQLSTATE);
        const char* why = ::PQresultErrorField(answer.get(), PG_DIAG_MESSAGE_PRIMARY);
        result = Failure{sqlstate != nullptr ? sqlstate : "", why != nullptr ? why : message()};
    }
}

} // namespace webhookd::sinks::postgres
