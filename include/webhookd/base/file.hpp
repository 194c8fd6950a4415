#pragma once

#include "webhookd/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace webhookd {

/// Owns a file descriptor.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    ~FileDescriptor() { reset(); }

    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset() noexcept;
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// "opening /etc/x: Permission denied" from `what` and the current errno.
Error system_error(std::string_view what);

/// The whole of a file; an error where it is larger than `most` bytes.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t most = 64u << 20);
/// Replaces a file as a whole: written beside it, synced, renamed over it. `mode` is that of a new file.
Result<> replace_file(const std::filesystem::path& path, std::string_view content, unsigned mode = 0600);
/// Writes all of `bytes`, going on after short writes and EINTR.
Result<> write_all(int fd, std::string_view bytes);

} // namespace webhookd
