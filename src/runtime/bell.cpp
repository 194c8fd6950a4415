#include "webhookd/runtime/bell.hpp"

#include "webhookd/base/file.hpp"

#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace webhookd::runtime {

Result<> Bell::hang() {
    take_down();
    const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor < 0) return system_error("making an eventfd");
    bell_.assign(descriptor);
    return {};
}

void Bell::take_down() noexcept {
    boost::system::error_code ignored;
    bell_.close(ignored);
}

void Bell::ring() noexcept {
    constexpr std::uint64_t one = 1;
    static_cast<void>(::write(bell_.native_handle(), &one, sizeof one) + 0);
}

Task<> Bell::wait() {
    co_await bell_.async_wait(asio::posix::descriptor_base::wait_read, use_task);
    std::uint64_t rings = 0;
    static_cast<void>(::read(bell_.native_handle(), &rings, sizeof rings) + 0);
}

} // namespace webhookd::runtime
