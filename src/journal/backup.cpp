#include "journal/log.hpp"
#include "journal/scanner.hpp"
#include "journal/store_parts.hpp"
#include "webhookd/base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace webhookd::journal {
namespace {

Result<> make_empty_directory(const std::filesystem::path& directory) {
    std::error_code error;
    const bool is_there = std::filesystem::exists(directory, error);
    if (is_there && !std::filesystem::is_empty(directory, error))
        return Error{directory.string() + " is not empty: a backup needs a directory of its own"};
    if (!is_there && ::mkdir(directory.c_str(), 0700) != 0) return system_error("making " + directory.string());
    return {};
}

/// The end of the last event up to `committed`; what stands behind it is not in the copy.
Result<std::uint64_t> end_of_committed(File& file, const Segment& segment, std::uint64_t committed) {
    Scanner scanner(file, segment.first(), segment.place_before(committed), segment.size(),
                    Scanner::Content::attributes);
    for (;;) {
        const auto end = scanner.offset();
        const auto found = scanner.next();
        if (!found) return Error{"reading " + segment.name() + ": " + found.error().text()};
        if (!*found || ((*found)->kind != Scanner::Found::Kind::hole && (*found)->header.sequence > committed))
            return end;
    }
}

Result<> copy(File& from, std::uint64_t bytes, const std::filesystem::path& to) {
    const FileDescriptor file(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return system_error("making " + to.string());
    std::vector<char> piece(1u << 20);
    for (std::uint64_t at = 0; at < bytes;) {
        const auto got =
            from.read(piece.data(), static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), bytes - at)), at);
        if (!got) return Error{"reading for " + to.string() + ": " + got.error().text()};
        if (*got == 0) break;
        if (auto written = write_all(file.get(), {piece.data(), *got}); !written)
            return Error{written.error().message + " " + to.string()};
        at += *got;
    }
    if (::fsync(file.get()) != 0) return system_error("syncing " + to.string());
    return {};
}

Result<> sync(const std::filesystem::path& path, int flags) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
    if (!file || ::fsync(file.get()) != 0) return system_error("syncing " + path.string());
    return {};
}

} // namespace

Result<> Store::backup(const std::filesystem::path& destination) {
    const std::lock_guard lock(impl_->mutex);
    if (auto made = make_empty_directory(destination); !made) return made;

    // The ledger first: then no cursor in the copy is beyond the events in it.
    const auto ledger = impl_->ledger();
    if (!ledger) return ledger.error();
    if (auto copied = (*ledger)->copy_to(destination / "ledger.db"); !copied) return copied;
    if (auto synced = sync(destination / "ledger.db", 0); !synced) return synced;

    const auto committed = impl_->committed();
    if (auto refreshed = impl_->refresh(); !refreshed) return refreshed;
    for (const auto family : {Family::changes, Family::evaluations}) {
        const auto segments = impl_->inside.catalogue->of(family);
        for (std::size_t i = 0; i < segments.size() && segments[i]->first() <= committed + 1; ++i) {
            const auto& segment = segments[i];
            auto file = impl_->inside.files->open(segment->name(), FileSystem::Access::read);
            if (!file && file.error().code == ENOENT) continue; // retention was quicker
            if (!file) return Error{"opening " + segment->name() + ": " + file.error().text()};
            std::uint64_t end = segment->size();
            if (i + 1 == segments.size() || segments[i + 1]->first() > committed + 1) { // may hold later ones too
                const auto last = end_of_committed(**file, *segment, committed);
                if (!last) return last.error();
                end = *last;
            }
            if (auto copied = copy(**file, end, destination / segment->name()); !copied) return copied;
        }
    }
    // Last: a copy without it is not a store.
    if (auto written = replace_file(destination / "format", std::to_string(format_version) + "\n"); !written)
        return written;
    return sync(destination, O_DIRECTORY);
}

} // namespace webhookd::journal
