#pragma once

#include "webhookd/base/file.hpp"
#include "webhookd/runtime/task.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <array>
#include <memory>
#include <string>

namespace webhookd::sinks::exec {

/// What a command prints without being asked: goes to the daemon's log, line by line, up to a bound. Reading goes on
/// beyond it, so that the command never waits for us.
class Output {
public:
    static constexpr std::size_t most_logged = 8 * 1024; // of one command

    /// `descriptor` is the end to read from.
    Output(Executor executor, FileDescriptor descriptor, std::string sink);
    ~Output();
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

private:
    struct Reading;
    std::shared_ptr<Reading> reading_; // outlives this until the read under way has ended
};

/// Both ends of a pipe, closed on exec: first the one to read from.
Result<std::pair<FileDescriptor, FileDescriptor>> make_pipe();

} // namespace webhookd::sinks::exec
