#include "journal/sqlite.hpp"

#include "webhookd/base/file.hpp"

#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>

namespace webhookd::journal {
namespace {

/// A reader must find what a crashed writer left in its log; only without such a log may the file be taken as
/// unchanging, and only then can it be read without making files beside it.
std::string address(const std::filesystem::path& file, Database::Mode mode) {
    std::string uri = "file:";
    for (const char c : file.string()) {
        if (c == '?' || c == '#' || c == '%') {
            char escaped[4];
            std::snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned>(c));
            uri += escaped;
        } else {
            uri += c;
        }
    }
    auto log = file;
    log += "-wal";
    if (mode == Database::Mode::read && !std::filesystem::exists(log)) uri += "?immutable=1";
    return uri;
}

} // namespace

std::string_view Row::text(int column) const noexcept {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {bytes, bytes ? static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)) : 0};
}

EventId Row::id(int column) const noexcept {
    EventId id;
    const auto bytes = text(column);
    if (bytes.size() == id.bytes.size()) std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
    return id;
}

Database::Database(const std::filesystem::path& file, Mode mode, bool durable) : file_(file.string()) {
    // SQLite itself would make it readable for others.
    if (mode == Mode::write) FileDescriptor(::open(file_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    const int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                      (mode == Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    const int status = sqlite3_open_v2(address(file, mode).c_str(), &handle_, flags, nullptr);
    if (status != SQLITE_OK) {
        const std::string why = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(status);
        sqlite3_close_v2(handle_);
        throw std::runtime_error("opening " + file_ + ": " + why);
    }
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, 2000);
    execute("PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON; PRAGMA cache_size=-1024");
    if (mode == Mode::write) {
        if (::chmod(file_.c_str(), 0600) != 0)
            throw std::runtime_error("protecting " + file_ + ": " + std::strerror(errno));
        execute("PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=4194304; PRAGMA secure_delete=ON");
        execute(durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF");
    } else {
        execute("PRAGMA query_only=ON");
        sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }
    if (!good()) {
        const auto why = message_;
        statements_.clear();
        sqlite3_close_v2(handle_);
        throw std::runtime_error(why);
    }
}

Database::~Database() {
    statements_.clear();
    sqlite3_close_v2(handle_);
}

void Database::execute(const char* sql) {
    if (!good()) return;
    if (const int status = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); status != SQLITE_OK) fail(status);
}

sqlite3_stmt* Database::prepare(const char* sql, unsigned flags) {
    if (!good()) return nullptr;
    sqlite3_stmt* statement = nullptr;
    if (const int status = sqlite3_prepare_v3(handle_, sql, -1, flags, &statement, nullptr); status != SQLITE_OK)
        fail(status);
    return statement;
}

sqlite3_stmt* Database::prepared(const char* sql) {
    if (!good()) return nullptr;
    auto& kept = statements_[sql];
    if (!kept) kept.reset(prepare(sql, SQLITE_PREPARE_PERSISTENT));
    return kept.get();
}

void Database::bind(sqlite3_stmt* statement, int index, std::string_view text) {
    sqlite3_bind_text64(statement, index, text.data() ? text.data() : "", text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Database::bind(sqlite3_stmt* statement, int index, Blob blob) {
    sqlite3_bind_blob64(statement, index, blob.bytes.data() ? blob.bytes.data() : "", blob.bytes.size(), SQLITE_STATIC);
}

void Database::bind(sqlite3_stmt* statement, int index, const EventId& id) {
    sqlite3_bind_blob64(statement, index, id.bytes.data(), id.bytes.size(), SQLITE_STATIC);
}

void Database::bind_number(sqlite3_stmt* statement, int index, std::int64_t number) {
    sqlite3_bind_int64(statement, index, number);
}

void Database::fail(int code) {
    if (!good()) return;
    code_ = code;
    message_ = file_ + ": " + sqlite3_errmsg(handle_);
}

Result<> Database::take_error() {
    if (good()) return {};
    code_ = SQLITE_OK;
    return Error{std::move(message_)};
}

Result<> Database::scrub_log() {
    bool busy = false;
    each("PRAGMA wal_checkpoint(TRUNCATE)", [&](const Row& row) { busy = row.number(0) != 0; });
    if (auto good = take_error(); !good) return good.error();
    if (busy) return Error{file_ + ": another process is reading and keeps deleted bytes in the log; try again"};
    return {};
}

Result<> Database::copy_to(const std::filesystem::path& file) {
    Database copy(file, Mode::write, true);
    copy.execute("PRAGMA journal_mode=DELETE");
    sqlite3_backup* const backup = sqlite3_backup_init(copy.handle_, "main", handle_, "main");
    if (!backup) return Error{file.string() + ": " + sqlite3_errmsg(copy.handle_)};
    const int status = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    if (status != SQLITE_DONE) return Error{"copying " + file_ + ": " + sqlite3_errstr(status)};
    return {};
}

Transaction::~Transaction() {
    if (sqlite3_get_autocommit(database_.handle()) == 0)
        sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<> Transaction::commit() {
    database_.run("COMMIT");
    return database_.take_error();
}

} // namespace webhookd::journal
