#include "journal/scanner.hpp"

#include <algorithm>
#include <cstring>

namespace webhookd::journal {

Scanner::Scanner(File& file, std::uint64_t seed, std::uint64_t offset, std::uint64_t end, Content content,
                 std::size_t step)
    : file_(&file), seed_(seed), offset_(std::max<std::uint64_t>(offset, file_header_bytes)), end_(end),
      content_(content), step_(step), last_sequence_(seed > 0 ? seed - 1 : 0) {}

Io<std::string_view> Scanner::peek(std::uint64_t offset, std::size_t bytes) {
    bytes = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, end_ > offset ? end_ - offset : 0));
    if (offset < window_offset_ || offset + bytes > window_offset_ + window_bytes_) {
        const auto wanted = static_cast<std::size_t>(
            std::min<std::uint64_t>(std::max(bytes, step_), end_ > offset ? end_ - offset : 0));
        if (window_.size() < wanted) window_.resize(wanted);
        window_bytes_ = 0;
        const auto got = file_->read(window_.data(), wanted, offset);
        if (!got) return got.error();
        window_offset_ = offset;
        window_bytes_ = *got;
        bytes = std::min(bytes, window_bytes_);
    }
    return std::string_view(window_.data() + (offset - window_offset_), bytes);
}

Io<std::optional<FrameHeader>> Scanner::header_at(std::uint64_t offset) {
    const auto bytes = peek(offset, frame_header_bytes);
    if (!bytes) return bytes.error();
    if (bytes->size() < frame_header_bytes) return std::optional<FrameHeader>{};
    auto header = decode_frame_header(bytes->data(), seed_);
    if (header && (header->sequence <= last_sequence_ || offset + header->frame_bytes() > end_)) header.reset();
    return header;
}

Io<std::optional<std::uint64_t>> Scanner::find_frame(std::uint64_t offset) {
    while (offset + frame_header_bytes <= end_) {
        const auto bytes = peek(offset, step_);
        if (!bytes) return bytes.error();
        std::size_t at = 0;
        for (; at + frame_header_bytes <= bytes->size(); at += frame_alignment) {
            std::uint32_t marker = 0;
            std::memcpy(&marker, bytes->data() + at, sizeof marker);
            if (marker != frame_marker) continue;
            const auto header = decode_frame_header(bytes->data() + at, seed_);
            if (header && header->sequence > last_sequence_ && offset + at + header->frame_bytes() <= end_)
                return std::optional(offset + at);
        }
        if (at == 0) break; // the file is shorter than was thought
        offset += at;
    }
    return std::optional<std::uint64_t>{};
}

Io<std::optional<Scanner::Found>> Scanner::next() {
    const auto header = header_at(offset_);
    if (!header) return header.error();

    Found found;
    found.offset = offset_;
    if (!*header) {
        const auto behind = find_frame(offset_ + frame_alignment);
        if (!behind) return behind.error();
        if (!*behind) return std::optional<Found>{};
        found.bytes = **behind - offset_;
        offset_ = **behind;
        return std::optional(found);
    }

    found.header = **header;
    found.bytes = found.header.frame_bytes();
    const std::size_t wanted =
        content_ == Content::whole ? found.header.content_bytes() : std::size_t{found.header.attributes_bytes};
    const auto content = peek(offset_ + frame_header_bytes, wanted);
    if (!content) return content.error();
    if (content->size() < wanted) return std::optional<Found>{}; // cut off while it was read
    if (content_ == Content::attributes) {
        found.kind = found.header.state == state_erased ? Found::Kind::erased : Found::Kind::event;
    } else {
        const auto state = check_content(found.header, content->data(), seed_);
        found.kind = state == FrameState::live     ? Found::Kind::event
                     : state == FrameState::erased ? Found::Kind::erased
                                                   : Found::Kind::damaged;
    }
    found.attributes = content->substr(0, found.header.attributes_bytes);
    if (content_ == Content::whole)
        found.body = content->substr(found.header.attributes_bytes, found.header.body_bytes);
    last_sequence_ = found.header.sequence;
    offset_ += found.bytes;
    return std::optional(found);
}

Io<std::uint64_t> end_of_content(File& file, std::uint64_t from, std::uint64_t to) {
    std::vector<char> piece(Scanner::many);
    std::uint64_t end = from;
    for (auto at = from; at < to;) {
        const auto got =
            file.read(piece.data(), static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), to - at)), at);
        if (!got) return got.error();
        if (*got == 0) break;
        const auto last = std::string_view(piece.data(), *got).find_last_not_of('\0');
        if (last != std::string_view::npos) end = at + last + 1;
        at += *got;
    }
    return end;
}

} // namespace webhookd::journal
