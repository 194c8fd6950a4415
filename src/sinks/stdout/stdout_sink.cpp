#include "sinks/stdout/stdout_sink.hpp"

#include "sinks/stdout/settings.hpp"
#include "webhookd/base/file.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cerrno>
#include <climits>
#include <sys/epoll.h>
#include <unistd.h>

namespace webhookd::sinks {
namespace standard_output {
namespace {

/// Tells when a descriptor can be written to. Standard output may be shared with other processes, so it is not put into
/// non-blocking mode: an epoll descriptor of our own watches it, and that one is waited for.
class Writable {
public:
    explicit Writable(Executor executor) : watcher_(executor) {}

    /// Nothing to watch where it is a regular file: that is always ready.
    Result<> watch(int fd) {
        watcher_.close();
        const int watcher = ::epoll_create1(EPOLL_CLOEXEC);
        if (watcher < 0) return system_error("watching standard output");
        watcher_.assign(watcher);
        epoll_event event{.events = EPOLLOUT, .data = {}};
        is_watching_ = ::epoll_ctl(watcher, EPOLL_CTL_ADD, fd, &event) == 0;
        if (!is_watching_ && errno != EPERM) return system_error("watching standard output");
        return {};
    }
    bool is_watching() const noexcept { return is_watching_; }
    Task<> wait() {
        if (is_watching_) co_await watcher_.async_wait(asio::posix::descriptor_base::wait_read, use_task);
    }

private:
    asio::posix::basic_stream_descriptor<Executor> watcher_;
    bool is_watching_ = false;
};

class StdoutSink final : public sink::Sink {
public:
    explicit StdoutSink(sink::Environment environment) : format_(environment.format), writable_(environment.executor) {}

    Task<Result<void, sink::Away>> open() override {
        if (const auto watched = writable_.watch(STDOUT_FILENO); !watched)
            co_return sink::Away{watched.error().message, {}};
        co_return Result<void, sink::Away>{};
    }

    Task<Result<sink::Outcomes, sink::Away>> deliver(std::span<const event::Event> batch) override {
        lines_.clear();
        for (const auto& event : batch) {
            event::append_event(lines_, event, format_);
            lines_ += '\n';
        }
        // A pipe that can be written to takes PIPE_BUF bytes without blocking.
        const std::size_t portion = writable_.is_watching() ? PIPE_BUF : lines_.size();
        for (std::string_view rest = lines_; !rest.empty();) {
            co_await writable_.wait();
            const auto written = ::write(STDOUT_FILENO, rest.data(), std::min(rest.size(), portion));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) co_return sink::Away{system_error("writing to standard output").message, {}};
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        co_return sink::Outcomes(batch.size());
    }

    Task<> close() override { co_return; }

private:
    event::Format format_;
    Writable writable_;
    std::string lines_;
};

std::unique_ptr<sink::Sink> make(std::shared_ptr<const void>, sink::Environment environment) {
    return std::make_unique<StdoutSink>(std::move(environment));
}

} // namespace
} // namespace standard_output

constinit const sink::SinkType stdout_sink{
    config::sink_kind<standard_output::Settings>("stdout", "writes a line for each event to standard output"),
    &standard_output::make};

} // namespace webhookd::sinks
