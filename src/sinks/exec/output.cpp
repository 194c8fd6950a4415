#include "sinks/exec/output.hpp"

#include "webhookd/telemetry/log.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace webhookd::sinks::exec {

struct Output::Reading : std::enable_shared_from_this<Reading> {
    Reading(Executor executor, FileDescriptor descriptor, std::string name)
        : pipe(executor, descriptor.release()), sink(std::move(name)) {}

    void read() {
        pipe.async_read_some(asio::buffer(buffer),
                             [self = shared_from_this()](boost::system::error_code error, std::size_t bytes) {
                                 self->take({self->buffer.data(), bytes});
                                 if (error)
                                     self->end_line();
                                 else
                                     self->read();
                             });
    }

    void take(std::string_view bytes) {
        for (const char c : bytes) {
            if (logged + line.size() >= most_logged) return;
            if (c == '\n')
                end_line();
            else
                line += c;
        }
    }

    void end_line() {
        if (line.empty()) return;
        logged += line.size() + 1;
        spdlog::info("sink {}: the command says: {}{}", sink, line,
                     logged >= most_logged ? " … (no more is shown)" : "");
        line.clear();
    }

    asio::posix::basic_stream_descriptor<Executor> pipe;
    std::array<char, 4096> buffer{};
    std::string sink;
    std::string line;
    std::size_t logged = 0;
};

Output::Output(Executor executor, FileDescriptor descriptor, std::string sink)
    : reading_(std::make_shared<Reading>(executor, std::move(descriptor), std::move(sink))) {
    reading_->read();
}

Output::~Output() {
    // What is in the pipe already is still read, and no more than fits into one: a descendant that keeps it open, or
    // goes on writing, is not waited for.
    std::array<char, 4096> rest{};
    constexpr int pipe_bytes = 64 << 10;
    for (int i = 0; i < pipe_bytes / 4096; ++i) {
        const auto got = ::read(reading_->pipe.native_handle(), rest.data(), rest.size());
        if (got <= 0) break;
        reading_->take({rest.data(), static_cast<std::size_t>(got)});
    }
    reading_->end_line();
    boost::system::error_code ignored;
    reading_->pipe.close(ignored);
}

Result<std::pair<FileDescriptor, FileDescriptor>> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("making a pipe");
    return std::pair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

} // namespace webhookd::sinks::exec
