#include "sinks/file/rotation.hpp"

#include "webhookd/base/file.hpp"
#include "webhookd/telemetry/log.hpp"

#include <zlib.h>

#include <fcntl.h>
#include <unistd.h>

namespace webhookd::sinks::file {
namespace {

/// Writes `from` in gzip form beside `to`, then puts it in place and removes `from`: a crash leaves either of them.
Result<> compress(const std::filesystem::path& from, const std::filesystem::path& to) {
    const FileDescriptor in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
    if (!in) return system_error("opening " + from.string());
    const auto beside = to.string() + ".new";
    FileDescriptor out(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    struct stat status {};
    if (!out || ::fstat(in.get(), &status) != 0 || ::fchmod(out.get(), status.st_mode & 0777) != 0)
        return system_error("creating " + beside);
    const gzFile zip = ::gzdopen(out.get(), "wb6");
    if (zip == nullptr) return Error{"compressing ", from.string(), ": out of memory"};
    out.release(); // gzclose closes it
    char buffer[64 * 1024];
    bool is_whole = false;
    for (;;) {
        const auto got = ::read(in.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        is_whole = got == 0;
        if (got <= 0 || ::gzwrite(zip, buffer, static_cast<unsigned>(got)) != got) break;
    }
    if (::gzclose(zip) != Z_OK || !is_whole) {
        ::unlink(beside.c_str());
        return Error{"compressing ", from.string(), " failed"};
    }
    if (::rename(beside.c_str(), to.c_str()) != 0) return system_error("renaming to " + to.string());
    ::unlink(from.c_str());
    return {};
}

} // namespace

Rotation::Rotation(std::filesystem::path path, std::optional<Rotate> settings)
    : path_(std::move(path)), settings_(settings) {}

Rotation::~Rotation() {
    wait_for_compression();
}

void Rotation::wait_for_compression() {
    if (compression_.joinable()) compression_.join();
}

bool Rotation::is_due(std::uint64_t size, std::size_t more, Time last_write, Time now) const noexcept {
    if (!settings_ || size == 0) return false;
    if (size + more > settings_->size.bytes) return true;
    if (!settings_->every) return false;
    return last_write.time_since_epoch() / *settings_->every != now.time_since_epoch() / *settings_->every;
}

std::filesystem::path Rotation::numbered(std::uint32_t number, bool compressed) const {
    return path_.string() + "." + std::to_string(number) + (compressed ? ".gz" : "");
}

Result<> Rotation::rotate() {
    wait_for_compression();
    std::error_code error;
    std::uint32_t free = 1; // the first number that is not taken
    while (free < settings_->keep && (std::filesystem::exists(numbered(free, false), error) ||
                                      std::filesystem::exists(numbered(free, true), error)))
        ++free;
    for (const bool compressed : {false, true}) // what may be there is the oldest, which goes
        std::filesystem::remove(numbered(free, compressed), error);
    for (auto number = free; number > 1; --number)
        for (const bool compressed : {false, true})
            if (const auto from = numbered(number - 1, compressed); std::filesystem::exists(from, error))
                std::filesystem::rename(from, numbered(number, compressed), error);
    std::filesystem::rename(path_, numbered(1, false), error);
    if (error) return Error{"rotating ", path_.string(), ": ", error.message()};
    if (settings_->compress)
        compression_ = std::thread([from = numbered(1, false), to = numbered(1, true)] {
            if (const auto done = compress(from, to); !done) spdlog::warn("{}", done.error().message);
        });
    return {};
}

} // namespace webhookd::sinks::file
