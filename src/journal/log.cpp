#include "journal/log.hpp"

#include "journal/checksum.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace webhookd::journal {

CommittedFile::CommittedFile(FileSystem& files) {
    if (auto there = files.open(name, FileSystem::Access::write))
        file_ = std::move(*there);
    else if (auto made = files.open(name, FileSystem::Access::create))
        file_ = std::move(*made);
}

void CommittedFile::write(std::uint64_t sequence) noexcept {
    if (!file_) return;
    char bytes[16];
    std::memcpy(bytes, &sequence, sizeof sequence);
    const auto sum = checksum({bytes, sizeof sequence}, 0);
    std::memcpy(bytes + 8, &sum, sizeof sum);
    (void)file_->write({bytes, sizeof bytes}, 0); // only a hint
}

std::uint64_t CommittedFile::read(FileSystem& files) {
    const auto file = files.open(name, FileSystem::Access::read);
    if (!file) return 0;
    char bytes[16];
    const auto got = (*file)->read(bytes, sizeof bytes, 0);
    std::uint64_t sequence = 0;
    std::uint64_t sum = 0;
    if (!got || *got != sizeof bytes) return 0;
    std::memcpy(&sequence, bytes, sizeof sequence);
    std::memcpy(&sum, bytes + 8, sizeof sum);
    return sum == checksum({bytes, sizeof sequence}, 0) ? sequence : 0;
}

/// What one commit has done so far, so that it can be undone.
struct Log::Step {
    struct Part {
        ActiveSegment* active = nullptr; // the family's, or `begun`; null where the commit has nothing for the family
        ActiveSegment begun;             // a new segment, not yet the family's
        bool is_new = false;
        bool is_dirty = false;
    };
    std::array<Part, families> parts;
    IoError error;
    std::string what; // failed, in words
    bool may_retry = false;
};

Log::Log(FileSystem& files, Catalogue& catalogue, Options options, LogPosition position)
    : files_(files), catalogue_(catalogue), options_(options), next_(position.next_sequence),
      active_(std::move(position.active)), committed_(files) {
    committed_.write(next_ - 1);
}

bool Log::needs_new_segment(Family family, Time now) const {
    const auto& active = active_[index_of(family)];
    if (!active.segment || active.is_full) return true;
    if (active.events == 0) return false;
    return active.size >= options_.segment_bytes[index_of(family)] ||
           now - active.segment->created >= options_.segment_age[index_of(family)];
}

bool Log::begin_segment(Family family, Time now, Step& step) {
    auto& part = step.parts[index_of(family)];
    auto& old = active_[index_of(family)];
    if (old.file) { // before there is another: only the newest file of a family may end with zeros, or unsynced
        auto closed = cut_zeros(old);
        if (closed) closed = old.file->sync();
        if (!closed) {
            step.error = closed.error();
            step.what = "closing " + old.segment->name();
            return false;
        }
    }
    auto& begun = part.begun;
    begun.segment = std::make_shared<Segment>(family, next_);
    begun.segment->created = now;
    if (old.segment) {
        begun.segment->events_before = old.segment->events_before + old.events;
        begun.segment->newest_before = old.newest;
    }

    auto file = files_.open(begun.segment->name(), FileSystem::Access::create);
    if (!file) { // nothing was written anywhere, so whatever the reason is, it may pass
        step.error = file.error();
        step.what = "making " + begun.segment->name();
        step.may_retry = true;
        return false;
    }
    begun.file = std::move(*file);
    part.is_new = true;
    part.active = &begun;

    char header[file_header_bytes];
    encode(FileHeader{family, next_, next_ - 1, begun.segment->events_before, now, begun.segment->newest_before},
           header);
    if (auto written = begun.file->write({header, sizeof header}, 0); !written) {
        step.error = written.error();
        step.what = "writing " + begun.segment->name();
        step.may_retry = step.error.is_no_room();
        return false;
    }
    return true;
}

/// A write that lengthens the file costs the file system a commit of its own at the next sync, which takes more time
/// than the sync. So zeros are written ahead, about as many bytes as there are already; most commits then go into them.
Io<> Log::write_ahead(ActiveSegment& active, std::uint64_t end) const {
    constexpr std::uint64_t block = 4096;
    constexpr std::uint64_t least = 16u << 10;
    static const std::string zeros(256u << 10, '\0');
    if (end <= active.file_end) return {};
    active.file_end = end;
    if (options_.sync == Settings::Sync::normal || options_.most_ahead == 0) return {};
    const auto ahead = std::min<std::uint64_t>({std::max(end, least), options_.most_ahead, zeros.size() - block});
    const auto bytes = (end + ahead + block - 1) / block * block - end;
    auto written = active.file->write(std::string_view(zeros).substr(0, bytes), end);
    if (!written) // no room is no harm: events may still find some, and some of the zeros may have been written
        return written.error().is_no_room() ? active.file->truncate(end) : written;
    active.file_end += bytes;
    return {};
}

Io<> Log::cut_zeros(ActiveSegment& active) {
    if (active.file_end <= active.size) return {};
    active.file_end = active.size;
    return active.file->truncate(active.size);
}

/// Lanes that keep up read from our own memory, and what the system keeps of a stream of events pushes out what others
/// need. The last of it stays, for commands that follow and for the indexer.
void Log::forget_old(ActiveSegment& active) const {
    constexpr std::uint64_t kept = 4u << 20;
    constexpr std::uint64_t step = 1u << 20;
    if (options_.sync == Settings::Sync::normal || active.size < active.remembered_from + kept + step) return;
    active.file->forget(active.remembered_from, active.size - kept);
    active.remembered_from = active.size - kept;
}

bool Log::write_frames(const Batch& batch, Step& step) {
    for (auto& part : step.parts) {
        if (!part.active) continue;
        auto& active = *part.active;
        const auto frames = batch.frames(active.segment->family());
        part.is_dirty = true;
        auto written = active.file->write(frames, active.size);
        if (written) written = write_ahead(active, active.size + frames.size());
        if (!written) {
            step.error = written.error();
            step.what = "writing " + active.segment->name();
            step.may_retry = step.error.is_no_room();
            if (step.error.code == EFBIG && active.events > 0) active.is_full = true;
            return false;
        }
    }
    return true;
}

bool Log::sync(Step& step) {
    bool made = false;
    for (auto& part : step.parts) {
        if (!part.active) continue;
        made = made || part.is_new;
        if (options_.sync == Settings::Sync::normal) continue;
        if (auto synced = part.active->file->sync(); !synced) {
            step.error = synced.error();
            step.what = "syncing " + part.active->segment->name();
            return false;
        }
    }
    if (!made) return true;
    if (auto synced = files_.sync_directory(); !synced) {
        step.error = synced.error();
        step.what = "syncing the directory";
        return false;
    }
    return true;
}

Log::Commit Log::give_up(Step& step) {
    Commit commit{Outcome::failed, step.what + ": " + step.error.text(), nullptr};
    if (!step.may_retry) return commit;

    // The sequences will be used again: what was written under them must not come back after a power cut.
    for (auto& part : step.parts) {
        Io<> undone;
        if (part.is_new) {
            part.begun.file.reset();
            undone = files_.remove(part.begun.segment->name());
            if (undone) undone = files_.sync_directory();
        } else if (part.active && part.is_dirty) {
            part.active->file_end = part.active->size;
            undone = part.active->file->truncate(part.active->size);
            if (undone) undone = part.active->file->sync();
        }
        if (!undone) return {Outcome::failed, "taking back what was written: " + undone.error().text(), nullptr};
    }
    commit.outcome = Outcome::no_room;
    return commit;
}

bool Log::prepare(std::span<Append* const> appends, Step& step) {
    const Time now = appends.front()->received;
    for (const auto* append : appends) {
        auto& part = step.parts[index_of(append->family)];
        if (part.active) continue;
        if (!needs_new_segment(append->family, now))
            part.active = &active_[index_of(append->family)];
        else if (!begin_segment(append->family, now, step))
            return false;
    }
    return true;
}

std::shared_ptr<Batch> Log::encode_all(std::span<Append* const> appends, const Step& step) const {
    auto batch = std::make_shared<Batch>(next_, appends.size());
    for (const auto* append : appends)
        batch->reserve(append->family, frame_bytes(append->attributes.size(), append->body.size()));
    batch->allocate();

    std::array<std::uint64_t, families> previous{};
    for (std::size_t family = 0; family < families; ++family)
        if (step.parts[family].active) previous[family] = step.parts[family].active->last_sequence;
    for (std::size_t i = 0; i < appends.size(); ++i) {
        const auto& append = *appends[i];
        const auto family = index_of(append.family);
        FrameHeader header;
        header.sequence = next_ + i;
        header.received = append.received;
        header.id = append.id;
        header.in_commit = static_cast<std::uint16_t>(i);
        if (previous[family] != 0)
            header.behind_previous =
                static_cast<std::uint16_t>(std::min<std::uint64_t>(header.sequence - previous[family], 0xffff));
        previous[family] = header.sequence;
        encode_frame(header, append.attributes, append.body, step.parts[family].active->segment->first(),
                     batch->frame_to_write(i));
    }
    return batch;
}

void Log::publish(const Batch& batch, std::span<Append* const> appends, Step& step) {
    for (std::size_t family = 0; family < families; ++family) {
        auto& part = step.parts[family];
        if (!part.active) continue;
        auto& active = *part.active;
        active.segment->change_summary([&](Summary& summary) {
            for (std::size_t i = 0; i < appends.size(); ++i) {
                const auto& slot = batch.slots()[i];
                if (index_of(slot.family) != family) continue;
                const auto header = header_of_own_frame(batch.frame(i));
                summary.add(active.size + slot.offset, header, AttributeView(appends[i]->attributes));
                active.last_sequence = header.sequence;
                active.newest = std::max(active.newest, header.received);
                ++active.events;
            }
        });
        active.size += batch.frames(family_at(family)).size();
        active.segment->grew(active.size, active.last_sequence);
        forget_old(active);
        if (part.is_new) {
            catalogue_.add(active.segment);
            active_[family] = std::move(part.begun);
        }
    }
    for (auto* append : appends) append->sequence = next_++;
    committed_.write(next_ - 1);
}

Log::Commit Log::commit(std::span<Append* const> appends) {
    Step step;
    if (!prepare(appends, step)) return give_up(step);
    auto batch = encode_all(appends, step);
    if (!write_frames(*batch, step) || !sync(step)) return give_up(step);
    publish(*batch, appends, step);
    return {Outcome::stored, {}, std::move(batch)};
}

void Log::close() {
    for (auto& active : active_) {
        if (!active.file) continue;
        (void)cut_zeros(active); // else the next start does it
        if (options_.sync == Settings::Sync::normal) (void)active.file->sync();
    }
}

bool Log::has_room() {
    constexpr const char* name = "room";
    (void)files_.remove(name); // left behind by a crash
    const auto file = files_.open(name, FileSystem::Access::create);
    const bool has_room = file && (*file)->write(std::string(64u << 10, '\0'), 0);
    return files_.remove(name) && has_room;
}

Log::Commit Log::close_older(Family family, Time before, Time now) {
    const auto& active = active_[index_of(family)];
    if (!active.segment || active.events == 0 || active.newest >= before) return {Outcome::stored, {}, nullptr};
    Step step;
    if (!begin_segment(family, now, step) || !sync(step)) return give_up(step);
    auto& part = step.parts[index_of(family)];
    part.begun.segment->grew(file_header_bytes, 0);
    catalogue_.add(part.begun.segment);
    active_[index_of(family)] = std::move(part.begun);
    return {Outcome::stored, {}, nullptr};
}

} // namespace webhookd::journal
