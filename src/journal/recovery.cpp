#include "journal/recovery.hpp"

#include "journal/scanner.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace webhookd::journal {
namespace {

[[noreturn]] void refuse(const std::string& what, const IoError& error) {
    throw std::runtime_error(what + ": " + error.text());
}

/// The end of a family: its newest segment, scanned.
struct Tail {
    struct Frame {
        std::uint64_t end = 0;
        FrameHeader header;
        bool is_whole = false;
        std::string attributes;
        std::uint64_t offset() const { return end - header.frame_bytes(); }
    };
    ActiveSegment active; // without the frames of the last commit
    std::uint64_t file_size = 0;
    std::uint64_t content_end = 0; // behind it are only zeros, written ahead
    std::uint64_t committed_at_begin = 0;
    std::vector<Frame> last_commit;
    std::vector<std::uint64_t> damage; // offsets

    std::uint64_t commit_first() const { return last_commit.front().header.commit_first(); }
    std::uint64_t last_sequence() const { return last_commit.empty() ? 0 : last_commit.back().header.sequence; }

    void keep(const Frame& frame) {
        active.segment->change_summary(
            [&](Summary& summary) { summary.add(frame.offset(), frame.header, AttributeView(frame.attributes)); });
        active.size = frame.end;
        active.last_sequence = frame.header.sequence;
        active.newest = std::max(active.newest, frame.header.received);
        ++active.events;
    }
    bool has(std::uint64_t commit, std::uint64_t sequence) const {
        return !last_commit.empty() && commit_first() == commit &&
               std::any_of(last_commit.begin(), last_commit.end(),
                           [&](const Frame& frame) { return frame.header.sequence == sequence && frame.is_whole; });
    }
};

Tail scan_tail(FileSystem& files, std::shared_ptr<Segment> segment) {
    Tail tail;
    auto file = files.open(segment->name(), FileSystem::Access::write);
    if (!file) refuse("opening " + segment->name(), file.error());
    tail.active.file = std::move(*file);
    tail.active.segment = std::move(segment);
    const auto size = tail.active.file->size();
    if (!size) refuse("looking at " + tail.active.segment->name(), size.error());
    tail.file_size = *size;

    char bytes[file_header_bytes];
    FileHeader header;
    const auto got = tail.active.file->read(bytes, sizeof bytes, 0);
    if (!got) refuse("reading " + tail.active.segment->name(), got.error());
    if (decode({bytes, *got}, header) == HeaderCheck::good) tail.committed_at_begin = header.committed;

    Scanner scanner(*tail.active.file, tail.active.segment->first(), file_header_bytes, tail.file_size);
    for (;;) {
        const auto found = scanner.next();
        if (!found) refuse("reading " + tail.active.segment->name(), found.error());
        if (!*found) break;
        const auto& at = **found;
        if (at.kind == Scanner::Found::Kind::hole || at.kind == Scanner::Found::Kind::damaged)
            tail.damage.push_back(at.offset);
        if (at.kind == Scanner::Found::Kind::hole) continue;
        if (!tail.last_commit.empty() && tail.commit_first() != at.header.commit_first()) {
            for (const auto& frame : tail.last_commit) tail.keep(frame);
            tail.last_commit.clear();
        }
        tail.last_commit.push_back(
            {at.offset + at.bytes, at.header, at.kind != Scanner::Found::Kind::damaged, std::string(at.attributes)});
    }
    const auto content_end = end_of_content(*tail.active.file, scanner.offset(), tail.file_size);
    if (!content_end) refuse("reading " + tail.active.segment->name(), content_end.error());
    tail.content_end = *content_end;
    return tail;
}

/// The first sequence that is not there of the commit that was under way at the end, or the one behind the end.
std::uint64_t first_gap(const std::array<std::optional<Tail>, families>& tails, std::uint64_t acknowledged) {
    std::uint64_t last = 0;
    std::uint64_t commit = 1;
    for (const auto& tail : tails) {
        if (!tail) continue;
        if (tail->committed_at_begin > last) commit = 1 + (last = tail->committed_at_begin);
        if (tail->last_sequence() > last) {
            last = tail->last_sequence();
            commit = tail->commit_first();
        }
    }
    for (auto sequence = std::max(commit, acknowledged + 1); sequence <= last; ++sequence) {
        const bool is_there = std::any_of(tails.begin(), tails.end(),
                                          [&](const auto& tail) { return tail && tail->has(commit, sequence); });
        if (!is_there) return sequence;
    }
    return last + 1;
}

/// The last commit may be in the system's memory alone: its process was killed between write and sync, or the sync
/// failed, after which another one would find nothing to write. From now on it counts as stored, so it is written once
/// more and synced.
void make_durable(Tail& tail, std::uint64_t begin) {
    auto& active = tail.active;
    if (begin == file_header_bytes) begin = 0; // a new file: its header as well
    std::string bytes(static_cast<std::size_t>(active.size - std::min(begin, active.size)), '\0');
    const auto got = active.file->read(bytes.data(), bytes.size(), begin);
    if (!got) refuse("reading " + active.segment->name(), got.error());
    auto done = active.file->write(std::string_view(bytes).substr(0, *got), begin);
    if (done) done = active.file->sync();
    if (!done) refuse("writing " + active.segment->name(), done.error());
}

/// Whether the bytes behind the last event that is kept may be what is left of an older one whose header is damaged:
/// they still name a sequence before `gap`. A commit that was under way names later ones.
bool may_be_older(const Tail& tail, std::uint64_t gap) {
    char bytes[frame_header_bytes];
    const auto got = tail.active.file->read(bytes, sizeof bytes, tail.active.size);
    if (!got) refuse("reading " + tail.active.segment->name(), got.error());
    if (*got < sizeof bytes) return false;
    const auto sequence = header_of_own_frame(bytes).sequence;
    const auto before = std::max(tail.active.last_sequence, tail.active.segment->first() - 1);
    return sequence > before && sequence < gap;
}

/// Shortens a family to the events before `gap`.
void cut(Tail& tail, std::uint64_t gap, std::uint64_t acknowledged, Recovery& recovery) {
    const auto last_commit = tail.last_commit.empty() ? tail.active.size : tail.last_commit.front().offset();
    auto end = tail.file_size; // or where the events begin that are cut off
    for (const auto& frame : tail.last_commit) {
        if (frame.header.sequence < gap)
            tail.keep(frame);
        else
            end = std::min(end, frame.offset());
    }
    tail.last_commit.clear();
    auto& active = tail.active;
    recovery.damaged += static_cast<std::size_t>(std::count_if(
        tail.damage.begin(), tail.damage.end(), [&](std::uint64_t offset) { return offset < active.size; }));
    if (std::min(tail.content_end, end) > active.size && (gap <= acknowledged || may_be_older(tail, gap))) {
        // An acknowledged event is missing: these bytes may be what is left of it.
        active.size = end;
        active.is_full = true;
        ++recovery.damaged;
    }
    if (tail.file_size > active.size) {
        if (tail.content_end > active.size) recovery.cut_bytes += tail.content_end - active.size;
        auto done = active.file->truncate(active.size);
        if (done) done = active.file->sync();
        if (!done) refuse("shortening " + active.segment->name(), done.error());
    }
    active.file_end = active.size;
    active.segment->grew(active.size, active.last_sequence);
    make_durable(tail, last_commit);
}

void remove(FileSystem& files, Catalogue& catalogue, const Segment& segment) {
    auto removed = files.remove(segment.name());
    if (removed) removed = files.sync_directory();
    if (!removed) refuse("removing " + segment.name(), removed.error());
    catalogue.remove(segment);
}

/// Of the first event that can be read: about when the file was begun.
Time first_receipt(File& file, const Segment& segment) {
    Scanner scanner(file, segment.first(), file_header_bytes, segment.size(), Scanner::Content::attributes);
    for (;;) {
        const auto found = scanner.next();
        if (!found || !*found) return {};
        if ((*found)->kind != Scanner::Found::Kind::hole) return (*found)->header.received;
    }
}

} // namespace

void list_segments(FileSystem& files, Catalogue& catalogue, std::vector<std::string>& unreadable_headers) {
    const auto names = files.list();
    if (!names) refuse("listing the store", names.error());
    for (const auto& name : *names) {
        const auto parts = parse_segment_name(name);
        if (!parts) continue;
        const auto file = files.open(name, FileSystem::Access::read);
        if (!file && file.error().code == ENOENT) continue;
        if (!file) refuse("opening " + name, file.error());
        const auto size = (*file)->size();
        if (!size) refuse("looking at " + name, size.error());
        char bytes[file_header_bytes];
        const auto got = (*file)->read(bytes, sizeof bytes, 0);
        if (!got) refuse("reading " + name, got.error());

        auto segment = std::make_shared<Segment>(parts->family, parts->first);
        segment->grew(std::max<std::uint64_t>(*size, file_header_bytes), 0);
        FileHeader header;
        switch (decode({bytes, *got}, header)) {
        case HeaderCheck::good:
            segment->events_before = header.events_before;
            segment->created = header.created;
            segment->newest_before = header.newest_before;
            break;
        case HeaderCheck::damaged:
            unreadable_headers.push_back(name);
            segment->created = segment->newest_before = first_receipt(**file, *segment);
            break;
        case HeaderCheck::newer:
            throw std::runtime_error(name +
                                     " was written by a newer flagsmith-webhookd: use that one, or restore a backup");
        }
        catalogue.add(std::move(segment));
    }
}

Recovery recover(FileSystem& files, Catalogue& catalogue, std::uint64_t acknowledged) {
    Recovery recovery;
    list_segments(files, catalogue, recovery.unreadable_headers);

    // A file that was only just being made when the process or the power went tells nothing: the one before it is the
    // end.
    const auto newest = [&](Family family) -> std::optional<Tail> {
        for (;;) {
            const auto segments = catalogue.of(family);
            if (segments.empty()) return {};
            auto tail = scan_tail(files, segments.back());
            const bool is_readable = std::find(recovery.unreadable_headers.begin(), recovery.unreadable_headers.end(),
                                               segments.back()->name()) == recovery.unreadable_headers.end();
            if (is_readable || !tail.last_commit.empty()) return tail;
            std::erase(recovery.unreadable_headers, segments.back()->name());
            recovery.cut_bytes += tail.content_end;
            remove(files, catalogue, *segments.back());
        }
    };
    std::array<std::optional<Tail>, families> tails;
    for (std::size_t family = 0; family < families; ++family) tails[family] = newest(family_at(family));

    // The header of a file tells what was committed before it: also where the file is empty, and the events that it
    // vouches for stand in other files.
    for (const auto& tail : tails)
        if (tail) acknowledged = std::max(acknowledged, tail->committed_at_begin);

    const auto gap = first_gap(tails, acknowledged);
    recovery.last_found = gap - 1;
    recovery.position.next_sequence = std::max(gap, acknowledged + 1);
    for (std::size_t family = 0; family < families; ++family) {
        auto& tail = tails[family];
        if (tail) cut(*tail, gap, acknowledged, recovery);
        // A file begun by the commit that was cut: its name claims sequences that are given again.
        while (tail && tail->active.events == 0 && tail->active.segment->first() > recovery.position.next_sequence) {
            remove(files, catalogue, *tail->active.segment);
            tail = newest(family_at(family));
            if (tail) cut(*tail, gap, acknowledged, recovery);
        }
        if (tail) recovery.position.active[family] = std::move(tail->active);
    }
    if (auto synced = files.sync_directory(); !synced) refuse("syncing the store's directory", synced.error());
    return recovery;
}

} // namespace webhookd::journal
