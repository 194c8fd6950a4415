#include "sinks/log/log_sink.hpp"

#include "sinks/log/settings.hpp"
#include "webhookd/base/file.hpp"

#include <systemd/sd-journal.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

namespace webhookd::sinks {
namespace log {
namespace {

using sink::Away;
using sink::Outcome;

constexpr const char* syslog_socket = "/dev/log";
constexpr const char* journal_socket = "/run/systemd/journal/socket";
constexpr unsigned facility_daemon = 3;
constexpr std::string_view program = "flagsmith-webhookd";

/// Where one line goes. Errors that concern the log as a whole are `Away`, a line it does not take is rejected.
using Written = Result<Outcome, Away>;

Away away(std::string_view what) {
    return {system_error(what).message, {}};
}

class LogSink : public sink::Sink {
public:
    explicit LogSink(event::Format format) : format_(format) {}

    Task<Result<sink::Outcomes, Away>> deliver(std::span<const event::Event> batch) final {
        sink::Outcomes outcomes;
        for (const auto& event : batch) {
            line_.clear();
            event::append_event(line_, event, format_);
            auto written = write(event, line_);
            if (!written && outcomes.empty()) co_return written.error();
            if (!written) break;
            outcomes.push_back(std::move(*written));
        }
        co_return outcomes;
    }
    Task<> close() override { co_return; }

private:
    virtual Written write(const event::Event& event, std::string& line) = 0;

    event::Format format_;
    std::string line_;
};

class StandardError final : public LogSink {
public:
    StandardError(event::Format format, Settings::Level level) : LogSink(format) {
        // Where standard error leads to the journal, systemd reads the severity from here.
        if (std::getenv("JOURNAL_STREAM") != nullptr)
            prefix_ = "<" + std::to_string(static_cast<unsigned>(level)) + ">";
    }

    Task<Result<void, Away>> open() override { co_return Result<void, Away>{}; }

private:
    Written write(const event::Event&, std::string& line) override {
        line.insert(0, prefix_).append("\n");
        if (const auto written = write_all(STDERR_FILENO, line); !written) return away("writing to standard error");
        return Outcome::delivered();
    }

    std::string prefix_;
};

/// Speaks to /dev/log itself: syslog(3) does not tell whether anybody took the message.
class Syslog final : public LogSink {
public:
    Syslog(event::Format format, Settings::Level level) : LogSink(format), level_(level) {}

    Task<Result<void, Away>> open() override {
        socket_ = FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        std::string_view(syslog_socket).copy(address.sun_path, sizeof address.sun_path - 1);
        if (!socket_ || ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            co_return away("connecting to /dev/log");
        co_return Result<void, Away>{};
    }

private:
    /// RFC 3164, as local daemons expect it.
    Written write(const event::Event& event, std::string& line) override {
        const auto seconds = std::chrono::system_clock::to_time_t(event.received);
        std::tm local{};
        ::localtime_r(&seconds, &local);
        char stamp[32];
        std::strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &local);
        message_ = "<" + std::to_string(facility_daemon * 8 + static_cast<unsigned>(level_)) + ">" + stamp + " ";
        message_.append(program).append("[").append(std::to_string(::getpid())).append("]: ").append(line);
        while (::send(socket_.get(), message_.data(), message_.size(), MSG_NOSIGNAL) < 0) {
            if (errno == EINTR) continue;
            if (errno == EMSGSIZE) return Outcome::reject("too large for a message to syslog");
            return away("sending to /dev/log");
        }
        return Outcome::delivered();
    }

    Settings::Level level_;
    FileDescriptor socket_;
    std::string message_;
};

/// The line as the message, and each attribute as a field of its own: journalctl FLAGSMITH_FLAG=checkout_v2.
class Journald final : public LogSink {
public:
    Journald(event::Format format, Settings::Level level) : LogSink(format), level_(level) {}

    Task<Result<void, Away>> open() override {
        // The library takes a journal that does not run for one that took the message.
        struct stat status {};
        if (::stat(journal_socket, &status) != 0) co_return away(std::string("looking for ") + journal_socket);
        co_return Result<void, Away>{};
    }

private:
    Written write(const event::Event& event, std::string& line) override {
        fields_.clear();
        fields_.push_back("MESSAGE=" + line);
        fields_.push_back("PRIORITY=" + std::to_string(static_cast<unsigned>(level_)));
        fields_.push_back("SYSLOG_IDENTIFIER=" + std::string(program));
        fields_.push_back("FLAGSMITH_ID=" + to_string(event.id));
        for (const auto& [attribute, value] : event.attributes) {
            if (!info(attribute).is_public) continue;
            std::string field = "FLAGSMITH_";
            for (const char c : info(attribute).name) field += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
            fields_.push_back(field.append("=").append(value));
        }
        std::vector<iovec> parts;
        for (auto& field : fields_) parts.push_back({field.data(), field.size()});
        const int result = ::sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
        if (result == -E2BIG || result == -EMSGSIZE) return Outcome::reject("too large for the journal");
        if (result >= 0) return Outcome::delivered();
        errno = -result;
        return away("sending to the journal");
    }

    Settings::Level level_;
    std::vector<std::string> fields_;
};

std::unique_ptr<sink::Sink> make(std::shared_ptr<const void> own, sink::Environment environment) {
    const auto& settings = *static_cast<const Settings*>(own.get());
    switch (settings.target) {
    case Settings::Target::syslog:
        return std::make_unique<Syslog>(environment.format, settings.level);
    case Settings::Target::journald:
        return std::make_unique<Journald>(environment.format, settings.level);
    case Settings::Target::standard_error:
        break;
    }
    return std::make_unique<StandardError>(environment.format, settings.level);
}

} // namespace
} // namespace log

constinit const sink::SinkType log_sink{
    config::sink_kind<log::Settings>("log", "writes events into a log: standard error, syslog or journald"),
    &log::make};

} // namespace webhookd::sinks
