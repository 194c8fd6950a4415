#include "journal/eraser.hpp"

#include "journal/scanner.hpp"
#include "journal/segment_access.hpp"

#include <algorithm>
#include <cerrno>

namespace webhookd::journal {
namespace {

struct Target {
    std::uint64_t offset;
    FrameHeader header;
};

bool may_concern(const Chunk& chunk, const Erasure& erasure) {
    return !erasure.ids.empty() || (!erasure.actors.empty() && chunk.has(Attribute::actor)) ||
           (!erasure.identities.empty() && chunk.has(Attribute::identity));
}

Io<std::vector<Target>> find_targets(File& file, const Segment& segment, const Summary& summary, const Erasure& erasure,
                                     std::uint64_t committed) {
    using Kind = Scanner::Found::Kind;
    std::vector<Target> targets;
    for (const auto& chunk : summary.chunks) {
        if (!may_concern(chunk, erasure)) continue;
        Scanner scanner(file, segment.first(), chunk.offset, chunk.end());
        for (;;) {
            const auto found = scanner.next();
            if (!found) return found.error();
            if (!*found) break;
            const auto& at = **found;
            if (at.kind == Kind::hole || at.header.sequence > committed) continue;
            if (erasure.concerns(at.header.id, AttributeView(at.attributes))) targets.push_back({at.offset, at.header});
        }
    }
    return targets;
}

Io<> overwrite(File& file, const std::vector<Target>& targets) {
    const std::string gone = "GONE";
    for (const auto& target : targets)
        if (auto written = file.write(gone, target.offset + state_offset); !written) return written;
    if (auto synced = file.sync(); !synced) return synced;
    for (const auto& target : targets) {
        const std::string zeros(target.header.content_bytes(), '\0');
        if (auto written = file.write(zeros, target.offset + frame_header_bytes); !written) return written;
    }
    return file.sync();
}

} // namespace

Result<std::vector<ErasedEvent>> erase_in_segments(FileSystem& files, Catalogue& catalogue, const Erasure& erasure,
                                                   std::uint64_t committed) {
    std::vector<ErasedEvent> erased;
    for (const auto family : {Family::changes, Family::evaluations}) {
        for (const auto& segment : catalogue.of(family)) {
            const auto failed = [&](const IoError& error) {
                return Error{"erasing in " + segment->name() + ": " + error.text()};
            };
            SegmentAccess access(files, catalogue);
            const auto summary = access.summary_of(*segment, nullptr);
            if (!summary) return summary.error();
            if (std::none_of(summary->chunks.begin(), summary->chunks.end(),
                             [&](const Chunk& chunk) { return may_concern(chunk, erasure); }))
                continue;
            const auto file = files.open(segment->name(), FileSystem::Access::write);
            if (!file && file.error().code == ENOENT) continue; // retention was quicker
            if (!file) return failed(file.error());
            const auto targets = find_targets(**file, *segment, *summary, erasure, committed);
            if (!targets) return failed(targets.error());
            if (targets->empty()) continue;
            if (auto done = overwrite(**file, *targets); !done) return failed(done.error());
            for (const auto& target : *targets) erased.push_back({target.header.sequence, target.header.id});
        }
    }
    return erased;
}

} // namespace webhookd::journal
