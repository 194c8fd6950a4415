#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The seam between the segments and the operating system: tests put a disk behind it that is full, breaks, or forgets
/// what was not synced.
namespace webhookd::journal {

/// An errno, by which the caller tells a full disk from a broken one.
struct IoError {
    int code = 0;

    IoError() = default; // no aggregate: a number shall not turn into an error by itself
    static IoError of(int code) noexcept {
        IoError error;
        error.code = code;
        return error;
    }

    /// Waiting may help: no room, a quota, a file size limit.
    bool is_no_room() const noexcept;
    std::string text() const;
};
[[noreturn]] void throw_exception_from_error(const IoError& error, const boost::source_location&);

template <class T = void>
using Io = boost::system::result<T, IoError>;

class File {
public:
    virtual ~File() = default;
    /// Fewer than asked for only at the end of the file.
    virtual Io<std::size_t> read(char* to, std::size_t most, std::uint64_t offset) = 0;
    /// All of it, or an error; then any part of it may have been written.
    virtual Io<> write(std::string_view bytes, std::uint64_t offset) = 0;
    virtual Io<> truncate(std::uint64_t size) = 0;
    /// Everything written, and the size, is on stable storage when this returns without error.
    virtual Io<> sync() = 0;
    virtual Io<std::uint64_t> size() = 0;
    /// These bytes are on stable storage, and will hardly be read soon: the system need not keep them in memory.
    virtual void forget(std::uint64_t from, std::uint64_t to) noexcept = 0;
};

/// The files of one directory, by name. Safe from every thread.
class FileSystem {
public:
    enum class Access {
        read,
        write,  // read and write a file that is there
        create, // read and write; makes it (mode 0600), fails where it is there already
    };
    virtual ~FileSystem() = default;
    virtual Io<std::unique_ptr<File>> open(const std::string& name, Access access) = 0;
    virtual Io<std::vector<std::string>> list() = 0;
    virtual Io<> remove(const std::string& name) = 0;
    /// Removes the name, and hands out the file behind it, for giving back its room bit by bit; null where somebody
    /// else, of whatever process, has it open, or it has another name: it stays whole for them.
    virtual Io<std::unique_ptr<File>> detach(const std::string& name) = 0;
    /// What was made or removed stays so.
    virtual Io<> sync_directory() = 0;
};

/// The real one.
std::unique_ptr<FileSystem> real_file_system(std::filesystem::path directory);

} // namespace webhookd::journal
