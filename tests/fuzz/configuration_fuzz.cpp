#include "fuzz/configuration_harness.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/// In the place of the C library's: while a configuration is read, a name is noted down, and there is nothing but a
/// few secrets.
extern "C" int open(const char* name, int flags, ...) {
    std::va_list more;
    va_start(more, flags);
    const auto mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : mode_t{0};
    va_end(more);
    if (webhookd::config::opened_names == nullptr)
        return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, name, flags, mode));
    webhookd::config::opened_names->emplace_back(name);
    const std::string_view text(name);
    if (!text.starts_with("/nowhere/") || !text.ends_with("secret")) {
        errno = ENOENT;
        return -1;
    }
    const int file = ::memfd_create("secret", MFD_CLOEXEC);
    constexpr std::string_view content = "hush-content of a file\n";
    if (::write(file, content.data(), content.size()) < 0 || ::lseek(file, 0, SEEK_SET) < 0) std::abort();
    return file;
}

/// Any text as a configuration.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto complaint = webhookd::config::configuration_complaint({reinterpret_cast<const char*>(data), size});
    if (complaint.empty()) return 0;
    std::fprintf(stderr, "%s\n", complaint.c_str());
    std::abort();
}
