#include "journal/file_system.hpp"

#include "webhookd/base/file.hpp"

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <stdexcept>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace webhookd::journal {

bool IoError::is_no_room() const noexcept {
    return code == ENOSPC || code == EDQUOT || code == EFBIG;
}

std::string IoError::text() const {
    return std::strerror(code);
}

void throw_exception_from_error(const IoError& error, const boost::source_location&) {
    throw std::runtime_error(error.text());
}

namespace {

IoError last_error() {
    return IoError::of(errno);
}

class RealFile final : public File {
public:
    explicit RealFile(FileDescriptor file) : file_(std::move(file)) {}

    Io<std::size_t> read(char* to, std::size_t most, std::uint64_t offset) override {
        std::size_t done = 0;
        while (done < most) {
            const auto got = ::pread(file_.get(), to + done, most - done, static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return last_error();
            if (got == 0) break;
            done += static_cast<std::size_t>(got);
        }
        return done;
    }

    Io<> write(std::string_view bytes, std::uint64_t offset) override {
        while (!bytes.empty()) {
            const auto put = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return last_error();
            bytes.remove_prefix(static_cast<std::size_t>(put));
            offset += static_cast<std::uint64_t>(put);
        }
        return {};
    }

    Io<> truncate(std::uint64_t size) override {
        if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) return last_error();
        return {};
    }

    Io<> sync() override {
        if (::fdatasync(file_.get()) != 0) return last_error();
        return {};
    }

    Io<std::uint64_t> size() override {
        struct stat about {};
        if (::fstat(file_.get(), &about) != 0) return last_error();
        return static_cast<std::uint64_t>(about.st_size);
    }

    void forget(std::uint64_t from, std::uint64_t to) noexcept override {
        (void)::posix_fadvise(file_.get(), static_cast<off_t>(from), static_cast<off_t>(to - from),
                              POSIX_FADV_DONTNEED);
    }

private:
    FileDescriptor file_;
};

class RealFileSystem final : public FileSystem {
public:
    explicit RealFileSystem(std::filesystem::path directory)
        : directory_(std::move(directory)), folder_(open_folder()) {}

    Io<std::unique_ptr<File>> open(const std::string& name, Access access) override {
        const int flags = access == Access::read    ? O_RDONLY
                          : access == Access::write ? O_RDWR
                                                    : O_RDWR | O_CREAT | O_EXCL;
        FileDescriptor file(::open((directory_ / name).c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!file) return last_error();
        (void)::flock(file.get(), LOCK_SH | LOCK_NB); // until it is closed; see detach(), which may have come between
        const auto names = count_names(file);
        if (!names) return names.error();
        if (*names == 0) return IoError::of(ENOENT);
        return std::make_unique<RealFile>(std::move(file));
    }

    Io<std::vector<std::string>> list() override {
        const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(directory_.c_str()), ::closedir);
        if (!folder) return last_error();
        std::vector<std::string> names;
        for (;;) {
            errno = 0;
            const auto* entry = ::readdir(folder.get());
            if (!entry && errno != 0) return last_error();
            if (!entry) return names;
            names.emplace_back(entry->d_name);
        }
    }

    Io<> remove(const std::string& name) override {
        if (::unlink((directory_ / name).c_str()) != 0) return last_error();
        return {};
    }

    Io<std::unique_ptr<File>> detach(const std::string& name) override {
        FileDescriptor file(::open((directory_ / name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
        if (!file && errno == ENOENT) return last_error();
        if (auto removed = remove(name); !removed) return removed.error(); // first: nobody can open it any more
        if (!file || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return nullptr;
        if (const auto names = count_names(file); !names || *names != 0) return nullptr; // a copy by hard link
        return std::make_unique<RealFile>(std::move(file));
    }

    Io<> sync_directory() override {
        if (folder_) return sync(folder_);
        return sync(open_folder());
    }

private:
    static Io<std::uint64_t> count_names(const FileDescriptor& file) {
        struct stat about {};
        if (::fstat(file.get(), &about) != 0) return last_error();
        return about.st_nlink;
    }
    FileDescriptor open_folder() const {
        return FileDescriptor(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    static Io<> sync(const FileDescriptor& folder) {
        if (!folder || ::fsync(folder.get()) != 0) return last_error();
        return {};
    }

    const std::filesystem::path directory_;
    /// Held open: a segment that was made can be synced into its directory also when no descriptor is left to be had.
    const FileDescriptor folder_;
};

} // namespace

std::unique_ptr<FileSystem> real_file_system(std::filesystem::path directory) {
    return std::make_unique<RealFileSystem>(std::move(directory));
}

} // namespace webhookd::journal
