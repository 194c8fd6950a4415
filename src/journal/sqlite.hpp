#pragma once

#include "webhookd/base/id.hpp"
#include "webhookd/base/result.hpp"

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

namespace webhookd::journal {

/// Bytes for a BLOB column; text goes as std::string_view.
struct Blob {
    std::string_view bytes;
};

/// The current row of a query; views live until the next row.
class Row {
public:
    explicit Row(sqlite3_stmt* statement) noexcept : statement_(statement) {}
    std::int64_t number(int column) const noexcept { return sqlite3_column_int64(statement_, column); }
    std::uint64_t sequence(int column) const noexcept { return static_cast<std::uint64_t>(number(column)); }
    bool is_null(int column) const noexcept { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    Time time(int column) const noexcept { return Time{std::chrono::microseconds{number(column)}}; }
    std::string_view text(int column) const noexcept;
    EventId id(int column) const noexcept;

private:
    sqlite3_stmt* statement_;
};

/// One connection. Errors stick, as in a stream: after the first one every call does nothing until take_error() or the
/// end of the Transaction, so that a sequence of statements reads without an `if` behind each. Not safe from two
/// threads at once.
class Database {
public:
    enum class Mode {
        write, // the one connection that writes and checkpoints
        read,  // never writes, also not where there is no writer
    };
    /// Throws std::runtime_error. `durable`: every commit is on stable storage (else it can be rebuilt).
    Database(const std::filesystem::path& file, Mode mode, bool durable);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs statements without parameters: schema, pragmas.
    void execute(const char* sql);
    /// Runs one statement. `sql` must be a literal: it is the key under which the prepared statement is kept.
    template <class... Arguments>
    void run(const char* sql, const Arguments&... arguments) {
        each(
            sql, [](const Row&) {}, arguments...);
    }
    /// Calls `visit` for each row; a `visit` that returns false ends the query.
    template <class Visit, class... Arguments>
    void each(const char* sql, Visit&& visit, const Arguments&... arguments) {
        sqlite3_stmt* const statement = prepared(sql);
        if (!statement) return;
        int index = 0;
        (bind(statement, ++index, arguments), ...);
        step_through(statement, visit);
    }
    /// The same for SQL that was put together; it is prepared for this one time. `bind_all` binds through bind().
    template <class BindAll, class Visit>
    void each_once(const std::string& sql, BindAll&& bind_all, Visit&& visit) {
        const std::unique_ptr<sqlite3_stmt, Finalize> statement(prepare(sql.c_str(), 0));
        if (!statement) return;
        bind_all(statement.get());
        step_through(statement.get(), visit);
    }
    void bind(sqlite3_stmt* statement, int index, std::string_view text);
    void bind(sqlite3_stmt* statement, int index, Blob blob);
    void bind(sqlite3_stmt* statement, int index, const EventId& id);
    void bind(sqlite3_stmt* statement, int index, Time time) {
        bind_number(statement, index, time.time_since_epoch().count());
    }
    template <std::integral Number>
    void bind(sqlite3_stmt* statement, int index, Number number) {
        bind_number(statement, index, static_cast<std::int64_t>(number));
    }
    template <class Value>
    void bind(sqlite3_stmt* statement, int index, const std::optional<Value>& value) {
        if (value)
            bind(statement, index, *value);
        else
            sqlite3_bind_null(statement, index);
    }

    std::size_t changes() const noexcept { return static_cast<std::size_t>(sqlite3_changes(handle_)); }
    bool good() const noexcept { return code_ == SQLITE_OK; }
    /// SQLITE_FULL: there is no room on the disk.
    int code() const noexcept { return code_; }
    /// The first error since the last call, if any; afterwards the connection is good again.
    Result<> take_error();
    /// Moves everything from the write-ahead log into the file and empties the log: what was deleted is then nowhere
    /// any more.
    Result<> scrub_log();
    /// A copy as of now, in a file of its own.
    Result<> copy_to(const std::filesystem::path& file);
    sqlite3* handle() noexcept { return handle_; }

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
    };

    sqlite3_stmt* prepare(const char* sql, unsigned flags);
    sqlite3_stmt* prepared(const char* sql);
    void bind_number(sqlite3_stmt* statement, int index, std::int64_t number);
    void fail(int code);

    template <class Visit>
    void step_through(sqlite3_stmt* statement, Visit&& visit) {
        int status = SQLITE_DONE;
        while ((status = sqlite3_step(statement)) == SQLITE_ROW) {
            if constexpr (std::is_same_v<std::invoke_result_t<Visit&, const Row&>, bool>) {
                if (!visit(Row(statement))) break;
            } else {
                visit(Row(statement));
            }
        }
        if (status != SQLITE_DONE && status != SQLITE_ROW) fail(status);
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    }

    std::string file_;
    sqlite3* handle_ = nullptr;
    std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
    int code_ = SQLITE_OK;
    std::string message_;
};

/// Rolls back unless commit() succeeded.
class Transaction {
public:
    explicit Transaction(Database& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    /// The first error of anything since the beginning, or that of the commit.
    Result<> commit();

private:
    Database& database_;
};

} // namespace webhookd::journal
