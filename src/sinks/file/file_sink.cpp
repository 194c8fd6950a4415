#include "sinks/file/file_sink.hpp"

#include "sinks/file/rotation.hpp"
#include "sinks/file/settings.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/telemetry/log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace webhookd::sinks {
namespace file {

std::optional<config::Complaint> form_mode(std::string_view text) {
    const bool is_octal = text.size() >= 3 && text.size() <= 4 &&
                          text.find_first_not_of("01234567") == std::string_view::npos && mode_of(text) <= 0777;
    if (is_octal) return {};
    return config::Complaint{"is not a mode", "such as \"0640\""};
}

unsigned mode_of(std::string_view text) noexcept {
    unsigned mode = 0;
    for (const char digit : text) mode = mode * 8 + static_cast<unsigned>(digit - '0');
    return mode;
}

namespace {

Time to_time(const timespec& time) {
    return Time(std::chrono::microseconds(time.tv_sec * 1'000'000 + time.tv_nsec / 1000));
}

/// Appends a batch with one write. Whatever happens, the file consists of whole lines: a line torn by a crash is cut
/// off when the file is opened, a batch that could not be written whole is cut off at once.
class FileSink final : public sink::Sink {
public:
    FileSink(const Settings& settings, event::Format format)
        : settings_(settings), format_(format), rotation_(settings.path, settings.rotate) {}

    Task<Result<void, sink::Away>> open() override {
        if (const auto opened = open_file(); !opened) co_return sink::Away{opened.error().message, {}};
        co_return Result<void, sink::Away>{};
    }

    Task<Result<sink::Outcomes, sink::Away>> deliver(std::span<const event::Event> batch) override {
        lines_.clear();
        for (const auto& event : batch) {
            event::append_event(lines_, event, format_);
            lines_ += '\n';
        }
        if (const auto written = write(); !written) co_return sink::Away{written.error().message, {}};
        co_return sink::Outcomes(batch.size());
    }

    Task<> close() override {
        file_.reset();
        co_return;
    }

    void reopen() override { file_.reset(); }

private:
    Result<> open_file() {
        const auto mode = static_cast<mode_t>(mode_of(settings_.mode));
        bool is_new = true;
        file_ = FileDescriptor(::open(settings_.path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, mode));
        if (!file_ && errno == EEXIST) {
            is_new = false;
            file_ = FileDescriptor(::open(settings_.path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
        }
        if (!file_) return system_error("opening " + settings_.path.string());
        if (is_new && ::fchmod(file_.get(), mode) != 0) return system_error("protecting " + settings_.path.string());
        if (::fstat(file_.get(), &status_) != 0) return system_error("examining " + settings_.path.string());
        size_ = static_cast<std::uint64_t>(status_.st_size);
        last_write_ = to_time(status_.st_mtim);
        if (is_new && settings_.sync)
            if (auto synced = sync_folder(); !synced) return synced;
        return S_ISREG(status_.st_mode) ? cut_torn_line() : Result<>{};
    }

    Result<> sync_folder() const {
        const auto folder = settings_.path.has_parent_path() ? settings_.path.parent_path() : ".";
        const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!descriptor || ::fsync(descriptor.get()) != 0) return system_error("syncing " + folder.string());
        return {};
    }

    Result<> cut_torn_line() {
        auto end = size_;
        char buffer[4096];
        while (end > 0) {
            const auto length = std::min<std::uint64_t>(end, sizeof buffer);
            const auto got = ::pread(file_.get(), buffer, length, static_cast<off_t>(end - length));
            if (got != static_cast<ssize_t>(length)) return system_error("reading " + settings_.path.string());
            const auto newline = std::string_view(buffer, length).rfind('\n');
            end -= length;
            if (newline == std::string_view::npos) continue;
            end += newline + 1;
            break;
        }
        if (end == size_) return {};
        spdlog::warn("{}: the last line was torn, {} bytes are cut off", settings_.path.string(), size_ - end);
        return cut_to(end);
    }

    Result<> cut_to(std::uint64_t size) {
        if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0)
            return system_error("shortening " + settings_.path.string());
        size_ = size;
        return {};
    }

    /// Whether the path still names the file that is open: it may have been moved away, by logrotate for one.
    bool is_still_there() const noexcept {
        struct stat named {};
        return ::stat(settings_.path.c_str(), &named) == 0 && named.st_dev == status_.st_dev &&
               named.st_ino == status_.st_ino;
    }

    Result<> write() {
        if (!file_ || !is_still_there())
            if (auto opened = open_file(); !opened) return opened;
        const auto now = webhookd::now();
        if (rotation_.is_due(size_, lines_.size(), last_write_, now)) {
            if (settings_.sync && ::fdatasync(file_.get()) != 0)
                return system_error("syncing " + settings_.path.string());
            if (auto rotated = rotation_.rotate(); !rotated) return rotated;
            if (auto opened = open_file(); !opened) return opened;
        }
        if (const auto written = write_all(file_.get(), lines_); !written) {
            const Error error{written.error().message, " ", settings_.path.string()};
            if (S_ISREG(status_.st_mode) && !cut_to(size_)) file_.reset(); // opening it again cuts
            return error;
        }
        size_ += lines_.size();
        last_write_ = now;
        if (settings_.sync && ::fdatasync(file_.get()) != 0) return system_error("syncing " + settings_.path.string());
        if (!settings_.sync) write_behind(now);
        return {};
    }

    /// Without it the system lets half a minute of lines gather and writes them in one go; commits of the store wait
    /// behind that for a tenth of a second. At most 16 MB a second: of all that comes at full load it would cost intake
    /// a tenth, and when so much comes the system begins to write by itself.
    void write_behind(Time now) {
        constexpr std::uint64_t step = 4u << 20;
        constexpr auto pause = std::chrono::milliseconds(250);
        waiting_ += lines_.size();
        if (waiting_ < step || (now >= last_asked_ && now < last_asked_ + pause)) return;
        const auto bytes = std::min(step, size_);
        (void)::sync_file_range(file_.get(), static_cast<off_t>(size_ - bytes), static_cast<off_t>(bytes),
                                SYNC_FILE_RANGE_WRITE);
        waiting_ = 0;
        last_asked_ = now;
    }

    const Settings settings_;
    const event::Format format_;
    Rotation rotation_;
    FileDescriptor file_;
    struct stat status_ {}; // of the open file, when it was opened
    std::uint64_t size_ = 0;
    std::size_t waiting_ = 0; // bytes since the system was asked to write
    Time last_asked_;
    Time last_write_;
    std::string lines_;
};

std::unique_ptr<sink::Sink> make(std::shared_ptr<const void> settings, sink::Environment environment) {
    return std::make_unique<FileSink>(*std::static_pointer_cast<const Settings>(settings), environment.format);
}

} // namespace
} // namespace file

constinit const sink::SinkType file_sink{
    config::sink_kind<file::Settings>("file", "appends a line for each event to a file, with rotation"), &file::make};

} // namespace webhookd::sinks
