#pragma once

#include "webhookd/journal/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The bytes of a segment file (docs/store.md tells it in prose). All numbers are little-endian; never change a field,
/// raise format_version instead.
///
///     file   = file header (64), frame*
///     frame  = frame header (64), attributes, body, zeros up to a multiple of 8
namespace webhookd::journal {

inline constexpr std::uint32_t format_version = 1;
inline constexpr std::size_t file_header_bytes = 64;
inline constexpr std::size_t frame_header_bytes = 64;
inline constexpr std::size_t frame_alignment = 8;

/// More is not an event: a length beyond these is damage, an append beyond them is refused.
inline constexpr std::size_t max_attributes_bytes = 1u << 20;
inline constexpr std::size_t max_body_bytes = 1u << 30;

inline constexpr std::size_t families = 2;
constexpr std::size_t index_of(Family family) {
    return static_cast<std::size_t>(family) - 1;
}
constexpr Family family_at(std::size_t index) {
    return static_cast<Family>(index + 1);
}
std::string_view family_name(Family family) noexcept; // "changes", "evaluations"

/// "changes-00000000000000000001.log"; no event in the file has a smaller sequence.
std::string segment_name(Family family, std::uint64_t first);
struct SegmentName {
    Family family;
    std::uint64_t first;
};
std::optional<SegmentName> parse_segment_name(std::string_view name) noexcept;

struct FileHeader {
    Family family = Family::changes;
    std::uint64_t first = 0;         // as in the name
    std::uint64_t committed = 0;     // the last committed sequence when the file was made
    std::uint64_t events_before = 0; // of this family, in all files before this one
    Time created;
    Time newest_before; // the latest receipt in the family's file before this one
};
void encode(const FileHeader& header, char* to) noexcept;

enum class HeaderCheck { good, damaged, newer };
HeaderCheck decode(std::string_view bytes, FileHeader& header) noexcept;

/// What stands before each event. `seed` of the checksums is the file's first sequence, so that a piece of another
/// file, or of an event's body, is never taken for a frame.
struct FrameHeader {
    std::uint64_t sequence = 0;
    Time received;
    EventId id;
    std::uint32_t attributes_bytes = 0;
    std::uint32_t body_bytes = 0;
    std::uint64_t content_checksum = 0; // over everything behind the header, padding included
    std::uint16_t in_commit = 0;        // how many sequences behind the first of its commit
    std::uint16_t behind_previous =
        0; // how many behind the previous event of the file; 0 for the first, 65535: that or more
    /// Not under the checksum, so that erasing is a write of four bytes that cannot be half done.
    std::uint32_t state = 0;

    std::uint64_t commit_first() const noexcept { return sequence - in_commit; }
    std::size_t content_bytes() const noexcept; // attributes, body and padding
    std::size_t frame_bytes() const noexcept { return frame_header_bytes + content_bytes(); }
};
inline constexpr std::uint32_t state_live = 0x4556494c;   // "LIVE"
inline constexpr std::uint32_t state_erased = 0x454e4f47; // "GONE"
inline constexpr std::size_t state_offset = 60;           // in the frame header

std::size_t frame_bytes(std::size_t attributes, std::size_t body) noexcept;

/// Writes a whole frame to `to` (frame_bytes() of it) and returns where it ends; fills in the lengths, checksums and
/// state.
char* encode_frame(FrameHeader header, std::string_view attributes, std::string_view body, std::uint64_t seed,
                   char* to) noexcept;
/// Nothing where these 64 bytes are not a frame header of this file.
std::optional<FrameHeader> decode_frame_header(const char* bytes, std::uint64_t seed) noexcept;
/// The same without the check, for bytes this process encoded itself.
FrameHeader header_of_own_frame(const char* bytes) noexcept;

enum class FrameState {
    live,
    erased,
    damaged, // the header is good, the content is not
};
FrameState check_content(const FrameHeader& header, const char* content, std::uint64_t seed) noexcept;

/// The first thing of a frame, by which the next one is found behind damage.
inline constexpr std::uint32_t frame_marker = 0x31455746; // "FWE1"

} // namespace webhookd::journal
