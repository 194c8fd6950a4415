#pragma once

#include "journal/file_system.hpp"
#include "journal/scanner.hpp"
#include "journal/segment.hpp"

#include <memory>
#include <optional>

namespace webhookd::journal {

/// Reads the events of one family forward through all its segments, as they grow. Not safe from two threads at once.
class FamilyStream {
public:
    struct Position {
        const Segment* segment = nullptr;
        std::uint64_t offset = 0;
    };

    FamilyStream(FileSystem& files, const Catalogue& catalogue, Family family,
                 Scanner::Content content = Scanner::Content::whole)
        : files_(files), catalogue_(catalogue), family_(family), content_(content) {}

    /// Goes to the first event behind `after`; forward from where it is, where that is near.
    Io<> seek(std::uint64_t after);
    /// The event it stands at, whose views live until the next call of pop() or seek(); nothing where there is none
    /// yet. Erased events and damage are passed over.
    Io<const Scanner::Found*> peek();
    void pop() noexcept { found_.reset(); }
    /// Where the event that peek() returned stands.
    Position position() const noexcept { return {segment_.get(), found_->offset}; }
    /// How many damaged frames and holes were passed over.
    std::uint64_t damaged() const noexcept { return damaged_; }

private:
    Io<> enter(std::shared_ptr<Segment> segment, std::uint64_t offset);
    void heed_erasures();
    std::shared_ptr<Segment> following() const;
    Io<std::optional<Scanner::Found>> read();

    FileSystem& files_;
    const Catalogue& catalogue_;
    const Family family_;
    const Scanner::Content content_;
    std::shared_ptr<Segment> segment_;
    std::unique_ptr<File> file_;
    std::optional<Scanner> scanner_;
    std::optional<Scanner::Found> found_;
    std::uint64_t after_ = 0;
    std::uint64_t passed_ = 0; // the sequence of the last event that was read, in the segment
    std::uint64_t damaged_ = 0;
    std::uint64_t erasures_ = 0;
};

} // namespace webhookd::journal
