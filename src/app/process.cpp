#include "app/process.hpp"

#include <algorithm>
#include <csignal>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace webhookd::app {

void protect_process() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // their leak check attaches to the process
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN); // a file-size limit is a full disk, not a crash
    ::umask(0077);
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::uint32_t affordable_connections(std::uint32_t wanted, std::uint64_t descriptors) noexcept {
    constexpr std::uint64_t for_files_and_sinks = 256;
    const auto affordable = descriptors - std::min(for_files_and_sinks, descriptors / 2);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, affordable));
}

std::uint32_t affordable_connections(std::uint32_t wanted) noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
    return affordable_connections(wanted, limit.rlim_cur);
}

} // namespace webhookd::app
