#include "journal/lock.hpp"

#include "journal/format.hpp"
#include "webhookd/base/text.hpp"

#include <array>
#include <charconv>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace webhookd::journal {
namespace {

std::filesystem::path lock_file(const std::filesystem::path& directory) {
    return directory / "lock";
}

/// A lock of the open file, not of the process: it ends with the descriptor, and can be asked for without being taken.
struct flock whole_file() {
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    return range;
}

std::string who_wrote(int file) {
    std::array<char, 256> text{};
    const auto got = ::pread(file, text.data(), text.size(), 0);
    const auto name = got > 0 ? trim({text.data(), static_cast<std::size_t>(got)}) : std::string_view();
    return name.empty() ? "another process" : escape(name);
}

} // namespace

StoreLock::StoreLock(const std::filesystem::path& directory)
    : file_(::open(lock_file(directory).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (!file_) throw std::runtime_error(system_error("opening " + lock_file(directory).string()).message);
    auto range = whole_file();
    if (::fcntl(file_.get(), F_OFD_SETLK, &range) != 0) {
        if (errno == EAGAIN || errno == EACCES)
            throw std::runtime_error("the store " + directory.string() + " is in use by " + who_wrote(file_.get()) +
                                     ": stop that one first, or give this one a directory of its own");
        throw std::runtime_error(system_error("locking " + lock_file(directory).string()).message);
    }
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    const auto text = "process " + std::to_string(::getpid()) + " on host " + host.data() + "\n";
    if (::ftruncate(file_.get(), 0) != 0 || !write_all(file_.get(), text)) {
        // A full disk: the lock holds all the same, only its holder stays unnamed.
    }
}

std::optional<std::string> StoreLock::holder(const std::filesystem::path& directory) {
    const FileDescriptor file(::open(lock_file(directory).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return {};
    auto range = whole_file();
    if (::fcntl(file.get(), F_OFD_GETLK, &range) != 0 || range.l_type == F_UNLCK) return {};
    return who_wrote(file.get());
}

void check_store_format(const std::filesystem::path& directory, bool may_create) {
    const auto file = directory / "format";
    if (!std::filesystem::exists(file)) {
        if (!may_create) throw std::runtime_error(directory.string() + " is not a store: it has no file named format");
        if (auto written = replace_file(file, std::to_string(format_version) + "\n"); !written)
            throw std::runtime_error(written.error().message);
        return;
    }
    const auto text = read_file(file, 64);
    if (!text) throw std::runtime_error(text.error().message);
    const auto digits = trim(*text);
    std::uint32_t version = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
    if (error != std::errc{} || end != digits.data() + digits.size() || version == 0)
        throw std::runtime_error(file.string() + " does not hold a version number");
    if (version > format_version)
        throw std::runtime_error("the store " + directory.string() + " has format " + std::to_string(version) +
                                 ", this program knows up to " + std::to_string(format_version) +
                                 ": use the flagsmith-webhookd that wrote it, or a newer one");
}

} // namespace webhookd::journal
