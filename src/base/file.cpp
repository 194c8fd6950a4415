#include "webhookd/base/file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace webhookd {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

void FileDescriptor::reset() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Error system_error(std::string_view what) {
    return {std::string(what) + ": " + std::strerror(errno)};
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t most) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return system_error("opening " + path.string());
    std::string content;
    char buffer[16 * 1024];
    for (;;) {
        const auto got = ::read(file.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("reading " + path.string());
        if (got == 0) return content;
        if (content.size() + static_cast<std::size_t>(got) > most)
            return Error{"reading " + path.string() + ": larger than " + std::to_string(most) + " bytes"};
        content.append(buffer, static_cast<std::size_t>(got));
    }
}

Result<> write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto put = ::write(fd, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return system_error("writing");
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

Result<> replace_file(const std::filesystem::path& path, std::string_view content, unsigned mode) {
    auto beside = path;
    beside += ".new";
    FileDescriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!file) return system_error("creating " + beside.string());
    if (::fchmod(file.get(), mode) != 0) return system_error("protecting " + beside.string());
    if (auto written = write_all(file.get(), content); !written)
        return Error{written.error().message + " " + beside.string()};
    if (::fsync(file.get()) != 0) return system_error("syncing " + beside.string());
    file.reset();
    if (::rename(beside.c_str(), path.c_str()) != 0) return system_error("renaming to " + path.string());
    const auto parent = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const FileDescriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::fsync(folder.get()) != 0) return system_error("syncing " + parent.string());
    return {};
}

} // namespace webhookd
