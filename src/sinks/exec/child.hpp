#pragma once

#include "webhookd/base/file.hpp"
#include "webhookd/runtime/task.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <string>
#include <vector>

namespace webhookd::sinks::exec {

/// A program that runs: in a process group of its own, with three descriptors and no other, no blocked signals, and
/// only the environment it is given. Killed with its group, and reaped, when this goes.
class Child {
public:
    /// `input`, `output` and `errors` become its standard descriptors.
    static Result<Child> start(Executor executor, const std::vector<std::string>& command,
                               const std::vector<std::string>& environment, int input, int output, int errors);
    Child(Child&& other) noexcept;
    Child& operator=(Child&&) = delete;
    ~Child();

    /// How it ended.
    struct End {
        bool was_killed = false; // by a signal
        int status = 0;          // of its exit, or the signal
    };
    Task<End> wait();
    void kill_group() const noexcept;

private:
    Child(Executor executor, pid_t process, int descriptor);

    pid_t process_ = -1;                                   // -1 once it was reaped
    asio::posix::basic_stream_descriptor<Executor> ended_; // readable when it has ended
};

/// "exit status 3" or "killed by signal 9".
std::string describe(const Child::End& end);

} // namespace webhookd::sinks::exec
