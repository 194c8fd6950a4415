#include "journal/format.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace webhookd::journal {
namespace {

constexpr Time moment{std::chrono::microseconds{1'795'000'000'123'456}};
constexpr std::uint64_t seed = 41;

FrameHeader header_of(std::uint64_t sequence) {
    FrameHeader header;
    header.sequence = sequence;
    header.received = moment;
    header.id = content_id("x");
    header.in_commit = 3;
    header.behind_previous = 2;
    return header;
}

std::vector<char> frame_of(std::string_view attributes, std::string_view body) {
    std::vector<char> bytes(frame_bytes(attributes.size(), body.size()));
    const char* const end = encode_frame(header_of(44), attributes, body, seed, bytes.data());
    EXPECT_EQ(end, bytes.data() + bytes.size());
    return bytes;
}

TEST(SegmentName, SortsAsItsSequenceDoes) {
    EXPECT_EQ(segment_name(Family::changes, 42), "changes-00000000000000000042.log");
    EXPECT_LT(segment_name(Family::changes, 99), segment_name(Family::changes, 100));
    const auto parsed = parse_segment_name("evaluations-18446744073709551615.log");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->family, Family::evaluations);
    EXPECT_EQ(parsed->first, 18446744073709551615u);
}

TEST(SegmentName, NothingElseIsTakenForASegment) {
    for (const auto* name : {"", "changes", "changes-1.log", "changes-0000000000000000004x.log",
                             "changes-00000000000000000042.log.new", "Changes-00000000000000000042.log",
                             "changes_00000000000000000042.log", "changes-99999999999999999999.log", "ledger.db"})
        EXPECT_FALSE(parse_segment_name(name)) << name;
}

TEST(FileHeaderFormat, ComesBackAsItWasWritten) {
    char bytes[file_header_bytes];
    encode(FileHeader{Family::evaluations, 7, 6, 1234, moment, moment - std::chrono::hours{1}}, bytes);
    FileHeader header;
    ASSERT_EQ(decode({bytes, sizeof bytes}, header), HeaderCheck::good);
    EXPECT_EQ(header.family, Family::evaluations);
    EXPECT_EQ(header.first, 7u);
    EXPECT_EQ(header.committed, 6u);
    EXPECT_EQ(header.events_before, 1234u);
    EXPECT_EQ(header.created, moment);
    EXPECT_EQ(header.newest_before, moment - std::chrono::hours{1});
}

TEST(FileHeaderFormat, EveryFlippedBitIsNoticed) {
    char bytes[file_header_bytes];
    encode(FileHeader{Family::changes, 7, 6, 1234, moment, moment - std::chrono::hours{1}}, bytes);
    for (std::size_t bit = 0; bit < 8 * sizeof bytes; ++bit) {
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
        FileHeader header;
        EXPECT_EQ(decode({bytes, sizeof bytes}, header), HeaderCheck::damaged) << "bit " << bit;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    }
}

TEST(FrameFormat, ComesBackAsItWasWritten) {
    for (const std::string body : {"", "1", "12345678", "{\"a\":1}"}) {
        const auto bytes = frame_of("attributes", body);
        EXPECT_EQ(bytes.size() % frame_alignment, 0u);
        const auto header = decode_frame_header(bytes.data(), seed);
        ASSERT_TRUE(header);
        EXPECT_EQ(header->sequence, 44u);
        EXPECT_EQ(header->received, moment);
        EXPECT_EQ(header->id, content_id("x"));
        EXPECT_EQ(header->commit_first(), 41u);
        EXPECT_EQ(header->behind_previous, 2u);
        EXPECT_EQ(header->frame_bytes(), bytes.size());
        const char* const content = bytes.data() + frame_header_bytes;
        EXPECT_EQ(check_content(*header, content, seed), FrameState::live);
        EXPECT_EQ(std::string(content + 10, body.size()), body);
    }
}

TEST(FrameFormat, EveryFlippedBitIsNoticedButThoseThatSayItIsNotErased) {
    auto bytes = frame_of("attributes", "{\"a\":1}");
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
        const auto header = decode_frame_header(bytes.data(), seed);
        const bool is_whole = header &&
                              check_content(*header, bytes.data() + frame_header_bytes, seed) == FrameState::live &&
                              header->state == state_live;
        EXPECT_FALSE(is_whole) << "bit " << bit;
        if (bit / 8 >= state_offset && bit / 8 < frame_header_bytes) {
            ASSERT_TRUE(header) << "the event must stay readable";
            EXPECT_EQ(check_content(*header, bytes.data() + frame_header_bytes, seed), FrameState::live);
        }
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    }
}

TEST(FrameFormat, AFrameOfAnotherFileIsNoFrame) {
    const auto bytes = frame_of("attributes", "{}");
    EXPECT_FALSE(decode_frame_header(bytes.data(), seed + 1));
}

} // namespace
} // namespace webhookd::journal
