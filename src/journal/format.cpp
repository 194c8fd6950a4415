#include "journal/format.hpp"

#include "journal/checksum.hpp"

#include <bit>
#include <charconv>
#include <cstdio>
#include <cstring>

namespace webhookd::journal {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are stored little-endian");

constexpr std::uint64_t file_magic = 0x4c4e524a48574c46; // "FLWHJRNL"
constexpr std::size_t name_digits = 20;

// File header: magic 0, version 8, family 12, first 16, committed 24, events before 32, created 40, newest before 48,
// checksum 56. Frame header: marker 0, checksum 4, sequence 8, received 16, id 24, attribute bytes 40, body bytes 44,
// content checksum 48, in_commit 56, behind_previous 58, state 60. Its checksum is over 8 up to 60.

template <class Number>
void put(char* to, std::size_t at, Number number) noexcept {
    std::memcpy(to + at, &number, sizeof number);
}

template <class Number>
Number get(const char* from, std::size_t at) noexcept {
    Number number;
    std::memcpy(&number, from + at, sizeof number);
    return number;
}

std::uint32_t header_checksum(const char* header, std::uint64_t seed) noexcept {
    return static_cast<std::uint32_t>(checksum({header + 8, state_offset - 8}, seed));
}

} // namespace

std::string_view family_name(Family family) noexcept {
    return family == Family::changes ? "changes" : "evaluations";
}

std::string segment_name(Family family, std::uint64_t first) {
    char digits[name_digits + 1];
    std::snprintf(digits, sizeof digits, "%020llu", static_cast<unsigned long long>(first));
    return std::string(family_name(family)) + '-' + digits + ".log";
}

std::optional<SegmentName> parse_segment_name(std::string_view name) noexcept {
    for (const auto family : {Family::changes, Family::evaluations}) {
        const auto word = family_name(family);
        if (name.size() != word.size() + 1 + name_digits + 4 || !name.starts_with(word) || name[word.size()] != '-' ||
            !name.ends_with(".log"))
            continue;
        const auto digits = name.substr(word.size() + 1, name_digits);
        std::uint64_t first = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), first);
        if (error == std::errc{} && end == digits.data() + digits.size()) return SegmentName{family, first};
    }
    return {};
}

void encode(const FileHeader& header, char* to) noexcept {
    put(to, 0, file_magic);
    put(to, 8, format_version);
    put(to, 12, static_cast<std::uint32_t>(header.family));
    put(to, 16, header.first);
    put(to, 24, header.committed);
    put(to, 32, header.events_before);
    put(to, 40, static_cast<std::int64_t>(header.created.time_since_epoch().count()));
    put(to, 48, static_cast<std::int64_t>(header.newest_before.time_since_epoch().count()));
    put(to, 56, checksum({to, 56}, 0));
}

HeaderCheck decode(std::string_view bytes, FileHeader& header) noexcept {
    if (bytes.size() < file_header_bytes || get<std::uint64_t>(bytes.data(), 0) != file_magic ||
        get<std::uint64_t>(bytes.data(), 56) != checksum(bytes.substr(0, 56), 0))
        return HeaderCheck::damaged;
    if (get<std::uint32_t>(bytes.data(), 8) > format_version) return HeaderCheck::newer;
    header.family = static_cast<Family>(get<std::uint32_t>(bytes.data(), 12));
    header.first = get<std::uint64_t>(bytes.data(), 16);
    header.committed = get<std::uint64_t>(bytes.data(), 24);
    header.events_before = get<std::uint64_t>(bytes.data(), 32);
    header.created = Time{std::chrono::microseconds{get<std::int64_t>(bytes.data(), 40)}};
    header.newest_before = Time{std::chrono::microseconds{get<std::int64_t>(bytes.data(), 48)}};
    return HeaderCheck::good;
}

std::size_t FrameHeader::content_bytes() const noexcept {
    const std::size_t bytes = std::size_t{attributes_bytes} + body_bytes;
    return (bytes + frame_alignment - 1) / frame_alignment * frame_alignment;
}

std::size_t frame_bytes(std::size_t attributes, std::size_t body) noexcept {
    return frame_header_bytes + (attributes + body + frame_alignment - 1) / frame_alignment * frame_alignment;
}

char* encode_frame(FrameHeader header, std::string_view attributes, std::string_view body, std::uint64_t seed,
                   char* to) noexcept {
    header.attributes_bytes = static_cast<std::uint32_t>(attributes.size());
    header.body_bytes = static_cast<std::uint32_t>(body.size());
    char* const content = to + frame_header_bytes;
    char* at = std::copy(attributes.begin(), attributes.end(), content);
    at = std::copy(body.begin(), body.end(), at);
    char* const end = content + header.content_bytes();
    std::fill(at, end, '\0');

    put(to, 0, frame_marker);
    put(to, 8, header.sequence);
    put(to, 16, static_cast<std::int64_t>(header.received.time_since_epoch().count()));
    std::memcpy(to + 24, header.id.bytes.data(), header.id.bytes.size());
    put(to, 40, header.attributes_bytes);
    put(to, 44, header.body_bytes);
    put(to, 48, checksum({content, header.content_bytes()}, seed));
    put(to, 56, header.in_commit);
    put(to, 58, header.behind_previous);
    put(to, state_offset, state_live);
    put(to, 4, header_checksum(to, seed));
    return end;
}

FrameHeader header_of_own_frame(const char* bytes) noexcept {
    FrameHeader header;
    header.sequence = get<std::uint64_t>(bytes, 8);
    header.received = Time{std::chrono::microseconds{get<std::int64_t>(bytes, 16)}};
    std::memcpy(header.id.bytes.data(), bytes + 24, header.id.bytes.size());
    header.attributes_bytes = get<std::uint32_t>(bytes, 40);
    header.body_bytes = get<std::uint32_t>(bytes, 44);
    header.content_checksum = get<std::uint64_t>(bytes, 48);
    header.in_commit = get<std::uint16_t>(bytes, 56);
    header.behind_previous = get<std::uint16_t>(bytes, 58);
    header.state = get<std::uint32_t>(bytes, state_offset);
    return header;
}

std::optional<FrameHeader> decode_frame_header(const char* bytes, std::uint64_t seed) noexcept {
    if (get<std::uint32_t>(bytes, 0) != frame_marker || get<std::uint32_t>(bytes, 4) != header_checksum(bytes, seed))
        return {};
    const auto header = header_of_own_frame(bytes);
    if (header.attributes_bytes > max_attributes_bytes || header.body_bytes > max_body_bytes) return {};
    return header;
}

FrameState check_content(const FrameHeader& header, const char* content, std::uint64_t seed) noexcept {
    if (header.state == state_erased) return FrameState::erased;
    return checksum({content, header.content_bytes()}, seed) == header.content_checksum ? FrameState::live
                                                                                        : FrameState::damaged;
}

} // namespace webhookd::journal
