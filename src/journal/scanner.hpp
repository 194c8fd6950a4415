#pragma once

#include "journal/file_system.hpp"
#include "journal/format.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace webhookd::journal {

/// Reads the frames of one segment file forward, past damage.
class Scanner {
public:
    /// What is found at a place of the file.
    struct Found {
        enum class Kind {
            event,
            erased,
            damaged, // the header is good, the content is not
            hole,    // bytes that are no frame, up to the next one; `header` is not set
        };
        Kind kind = Kind::hole;
        std::uint64_t offset = 0;
        std::uint64_t bytes = 0; // up to the next frame
        FrameHeader header;
        std::string_view attributes; // as they stand there; live until the next call
        std::string_view body;       // the same, where bodies were asked for
    };
    enum class Content {
        whole,      // attributes and body, checked
        attributes, // the body is neither read nor checked
    };

    static constexpr std::size_t many = 256u << 10; // bytes to read at once
    static constexpr std::size_t one = 8u << 10;    // where only one event is wanted

    /// Scans from `offset`, a frame's beginning, up to `end`. The file must outlive the scanner.
    Scanner(File& file, std::uint64_t seed, std::uint64_t offset, std::uint64_t end, Content content = Content::whole,
            std::size_t step = many);

    /// The next thing, or nothing at the end. What stands behind the last frame and is none itself is not a find: see
    /// offset().
    Io<std::optional<Found>> next();
    /// Where the next call goes on; behind the last frame after it returned nothing.
    std::uint64_t offset() const noexcept { return offset_; }
    /// Goes on reading up to a later end.
    void extend(std::uint64_t end) noexcept { end_ = end; }

private:
    /// `bytes` from `offset` as one piece of memory; shorter at the end of the file.
    Io<std::string_view> peek(std::uint64_t offset, std::size_t bytes);
    /// The next place behind `offset` where a frame header stands, with a sequence that can be.
    Io<std::optional<std::uint64_t>> find_frame(std::uint64_t offset);
    Io<std::optional<FrameHeader>> header_at(std::uint64_t offset);

    File* file_;
    std::uint64_t seed_;
    std::uint64_t offset_;
    std::uint64_t end_;
    Content content_;
    std::size_t step_;
    std::uint64_t last_sequence_;
    std::vector<char> window_;
    std::uint64_t window_offset_ = 0;
    std::size_t window_bytes_ = 0;
};

/// Where the last byte between `from` and `to` that is not zero ends; `from` where there is none. What is behind it are
/// zeros written ahead of the events.
Io<std::uint64_t> end_of_content(File& file, std::uint64_t from, std::uint64_t to);

} // namespace webhookd::journal
