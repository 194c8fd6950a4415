#pragma once

#include "journal/format.hpp"
#include "webhookd/base/attribute_patterns.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace webhookd::journal {

/// A stretch of about a mebibyte of a segment: what lets a search leave it out, and a reader begin in the middle.
struct Chunk {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t first_sequence = 0;
    std::uint64_t last_sequence = 0;
    std::uint64_t events = 0;
    Time oldest = Time::max();
    Time newest = Time::min();
    std::uint32_t attributes = 0; // bit n: some event in it has the attribute with tag n

    static constexpr std::uint64_t full = 1u << 20;
    std::uint64_t end() const noexcept { return offset + bytes; }
    bool has(Attribute attribute) const noexcept { return (attributes >> static_cast<unsigned>(attribute) & 1) != 0; }
};

/// Which values some attributes have in a segment, as long as they are few.
class FewValues {
public:
    static constexpr std::array tracked{Attribute::type, Attribute::endpoint, Attribute::environment,
                                        Attribute::project, Attribute::scope};
    static constexpr std::size_t most = 16;        // of one attribute
    static constexpr std::size_t most_bytes = 128; // of one value

    void add(const AttributeView::Item& item);
    /// False where no event can have a value that fits.
    bool may_fit(const AttributePatterns& wanted) const noexcept;

    /// The stored form: an attribute block in which tags repeat, and a bit for each attribute with too many.
    std::string block() const;
    std::uint32_t too_many() const noexcept { return too_many_; }
    static FewValues from(std::string_view block, std::uint32_t too_many);

private:
    std::array<std::vector<std::string>, tracked.size()> values_;
    std::uint32_t too_many_ = 0; // bit n: of the attribute with tag n
};

/// What is known of a segment's events without reading them.
struct Summary {
    std::vector<Chunk> chunks; // in the order of their offsets
    FewValues values;

    void add(std::uint64_t frame_offset, const FrameHeader& header, AttributeView attributes);
    /// Up to where the file was looked at.
    std::uint64_t end() const noexcept { return chunks.empty() ? file_header_bytes : chunks.back().end(); }
};

} // namespace webhookd::journal
