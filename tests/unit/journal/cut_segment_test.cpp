#include "journal/scanner.hpp"
#include "support/log_fixture.hpp"

#include <functional>
#include <set>

namespace webhookd::test {
namespace {

using journal::Log;

/// Where the frames of a segment begin and end, and what is in them.
struct Frame {
    std::size_t begin = 0, end = 0;
    std::uint64_t sequence = 0;
    std::string body;
};

std::vector<Frame> frames_of(MemoryDisk& disk, const std::string& name) {
    const auto file = disk.open(name, journal::FileSystem::Access::read).value();
    const auto first = journal::parse_segment_name(name)->first;
    journal::Scanner scanner(*file, first, journal::file_header_bytes, file->size().value());
    std::vector<Frame> frames;
    while (const auto found = scanner.next().value())
        frames.push_back({static_cast<std::size_t>(found->offset),
                          static_cast<std::size_t>(found->offset + found->bytes), found->header.sequence,
                          std::string(found->body)});
    return frames;
}

/// A store of which one file is no longer what it was from some byte on.
class CutSegment : public LogFixture {
protected:
    /// Files that are cut: how, and for the one who reads a failure its name.
    struct Way {
        const char* name;
        std::function<void(std::string& bytes, std::size_t at)> cut;
    };
    const std::vector<Way> ways{
        {"truncated", [](std::string& bytes, std::size_t at) { bytes.resize(at); }},
        {"zeros", [](std::string& bytes, std::size_t at) { std::fill(bytes.begin() + offset(at), bytes.end(), '\0'); }},
        {"garbage",
         [](std::string& bytes, std::size_t at) {
             std::mt19937 random(static_cast<unsigned>(at));
             std::generate(bytes.begin() + offset(at), bytes.end(), [&] { return static_cast<char>(random()); });
         }},
        {"older blocks", // what stood on the disk before: pieces of this very file
         [](std::string& bytes, std::size_t at) {
             const auto before = bytes;
             for (auto i = at; i < bytes.size(); ++i) bytes[i] = before[(i - at + 32) % before.size()];
         }},
    };
    static std::ptrdiff_t offset(std::size_t at) { return static_cast<std::ptrdiff_t>(at); }

    void fill() {
        for (int i = 0; i < 4; ++i)
            ASSERT_TRUE(stored({"one " + std::to_string(i), "~two " + std::to_string(i),
                                "three " + std::to_string(i) + std::string(static_cast<std::size_t>(i) * 9, '.'),
                                "~four " + std::to_string(i)}));
    }
    /// Every frame's border, and every byte of the header and of the first, a middle and the last frame.
    static std::set<std::size_t> places(const std::vector<Frame>& frames) {
        std::set<std::size_t> places;
        for (const auto& frame : frames) places.insert({frame.begin, frame.end});
        for (std::size_t at = 0; at < journal::file_header_bytes; ++at) places.insert(at);
        for (const auto& frame : {frames.front(), frames[frames.size() / 2], frames.back()})
            for (auto at = frame.begin; at < frame.end; ++at) places.insert(at);
        return places;
    }

    std::map<std::uint64_t, std::string> read(MemoryDisk& damaged, const journal::Catalogue& segments,
                                              std::uint64_t last) {
        const journal::RecentBatches none(0);
        const std::atomic<std::uint64_t> end{last};
        journal::MergingReader reader(damaged, segments, none, end);
        std::map<std::uint64_t, std::string> found;
        for (const auto& entry : reader.next(0, 1000, 1 << 20).value()) found[entry.sequence] = entry.body;
        return found;
    }

    /// Starts on a damaged disk and goes on there. `intact`: what must be found, and nothing else may.
    void expect_found(MemoryDisk& damaged, std::uint64_t known, const std::map<std::uint64_t, std::string>& must,
                      const std::map<std::uint64_t, std::string>& may) {
        std::map<std::uint64_t, std::string> found;
        {
            journal::Catalogue segments;
            auto result = recover(damaged, segments, known);
            const auto next = result.position.next_sequence;
            found = read(damaged, segments, next - 1);
            for (const auto& [sequence, body] : must) ASSERT_EQ(found[sequence], body) << "sequence " << sequence;
            for (const auto& [sequence, body] : found) ASSERT_EQ(may.at(sequence), body) << "sequence " << sequence;
            ASSERT_GT(next, std::max(known, found.empty() ? 0 : found.rbegin()->first));
            Log again(damaged, segments, options, std::move(result.position));
            Sent change("after", Family::changes), evaluation("~after", Family::evaluations);
            journal::Append* const appends[] = {&change, &evaluation};
            ASSERT_EQ(again.commit(appends).outcome, Log::Outcome::stored);
            ASSERT_EQ(change.sequence, next);
            found[next] = "after";
            found[next + 1] = "~after";
        }
        damaged.cut_power();
        journal::Catalogue segments;
        const auto result = recover(damaged, segments, journal::CommittedFile::read(damaged));
        ASSERT_EQ(read(damaged, segments, result.position.next_sequence - 1), found);
    }
};

TEST_F(CutSegment, KeepsEveryWholeFrameAndGoesOn) {
    fill();
    const auto last = committed.load();
    std::map<std::uint64_t, std::string> all;
    for (const auto& name : {newest("changes"), newest("evaluations")})
        for (const auto& frame : frames_of(disk, name)) all[frame.sequence] = frame.body;
    ASSERT_EQ(all.size(), last);

    std::size_t cuts = 0;
    for (const auto& name : {newest("changes"), newest("evaluations")}) {
        const auto frames = frames_of(disk, name);
        const auto whole = disk.content(name);
        for (const auto at : places(frames))
            for (const auto& way : ways)
                for (const bool is_known : {true, false}) { // that all of them were acknowledged
                    auto bytes = whole;
                    way.cut(bytes, at);
                    auto damaged = disk.copy();
                    damaged->put(name, bytes);
                    if (!is_known) damaged->remove("committed").value();

                    auto must = all;
                    std::uint64_t end = 0; // of the last event that is still there
                    for (const auto& frame : frames)
                        if (std::string_view(bytes).substr(std::min(frame.begin, bytes.size()),
                                                           frame.end - frame.begin) !=
                            std::string_view(whole).substr(frame.begin, frame.end - frame.begin))
                            must.erase(frame.sequence);
                    if (!is_known && !must.empty()) {
                        // The last commit may have been under way: it goes from its first gap on.
                        end = must.rbegin()->first;
                        for (auto sequence = end - (end - 1) % 4; sequence <= end; ++sequence)
                            if (!must.contains(sequence)) must.erase(must.lower_bound(sequence), must.end());
                    }
                    ++cuts;
                    SCOPED_TRACE(name + " " + way.name + " from " + std::to_string(at) + (is_known ? ", known" : ""));
                    expect_found(*damaged, is_known ? last : 0, must, all);
                    if (HasFatalFailure()) return;
                }
    }
    EXPECT_GT(cuts, 2500u);
}

} // namespace
} // namespace webhookd::test
