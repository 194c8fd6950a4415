#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/runtime/task.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

namespace webhookd::runtime {

/// Lets another thread, one of a client library for instance, wake a task. Rings before the wait are not lost, several
/// count as one. An eventfd, so that a library that can write to a descriptor rings it by itself.
class Bell {
public:
    explicit Bell(Executor executor) : bell_(executor) {}

    /// Makes a new bell; who waits for the old one is woken with an error.
    Result<> hang();
    void take_down() noexcept;
    int descriptor() { return bell_.native_handle(); }

    /// From any thread, while the bell hangs.
    void ring() noexcept;
    Task<> wait();

private:
    asio::posix::basic_stream_descriptor<Executor> bell_;
};

} // namespace webhookd::runtime
