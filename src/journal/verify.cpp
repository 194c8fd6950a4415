#include "journal/family_stream.hpp"
#include "journal/log.hpp"
#include "journal/scanner.hpp"
#include "journal/store_parts.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace webhookd::journal {
namespace {

constexpr std::uint64_t progress_step = 16u << 20;
constexpr std::uint64_t most_named = 10'000; // one by one; beyond that as a range

/// Checks the segments of a store one after the other.
class Verifier {
public:
    Verifier(Store::Impl& store, const std::function<void(std::uint64_t)>& progress, std::uint64_t committed,
             std::uint64_t acknowledged)
        : store_(store), progress_(progress), committed_(committed), acknowledged_(acknowledged) {}

    Result<> check(Family family);
    /// Where it is not clear from one family which events are hurt, the other one has some of those in question.
    Result<> narrow_down();
    Verification take() { return std::move(result_); }

private:
    Result<> check_segment(const Segment& segment, std::uint64_t last_possible);
    void note_event(const Segment& segment, const Scanner::Found& found);
    void note(const Segment& segment, std::uint64_t offset, std::uint64_t first, std::uint64_t last, std::string what);
    void note_hole(const Segment& segment, const Scanner::Found& hole, std::uint64_t previous, std::uint64_t last);
    void count(std::uint64_t bytes);

    Store::Impl& store_;
    const std::function<void(std::uint64_t)>& progress_;
    const std::uint64_t committed_;
    const std::uint64_t acknowledged_; // at least
    Verification result_;
    std::uint64_t told_ = 0;
};

void Verifier::count(std::uint64_t bytes) {
    result_.bytes += bytes;
    if (progress_ && result_.bytes - told_ >= progress_step) progress_(told_ = result_.bytes);
}

void Verifier::note(const Segment& segment, std::uint64_t offset, std::uint64_t first, std::uint64_t last,
                    std::string what) {
    result_.damage.push_back({segment.name(), offset, first, last, std::move(what)});
}

void Verifier::note_event(const Segment& segment, const Scanner::Found& found) {
    using Kind = Scanner::Found::Kind;
    const auto& header = found.header;
    if (found.kind == Kind::erased)
        ++result_.erased;
    else if (found.kind == Kind::damaged)
        note(segment, found.offset, header.sequence, header.sequence,
             "event " + to_string(header.id) + ": its content does not fit its checksum");
    else if (header.state != state_live)
        note(segment, found.offset, header.sequence, header.sequence,
             "event " + to_string(header.id) + ": the mark that it is not erased is damaged; the event is whole");
    else
        ++result_.events;
}

/// The last event of the file before this one, as far as its header tells.
std::uint64_t last_before(const FrameHeader& next) {
    const bool is_known = next.behind_previous != 0 && next.behind_previous != 0xffff;
    return next.sequence - (is_known ? next.behind_previous : 1);
}

void Verifier::note_hole(const Segment& segment, const Scanner::Found& hole, std::uint64_t previous,
                         std::uint64_t last) {
    note(segment, hole.offset, std::min(previous + 1, last), last,
         std::to_string(hole.bytes) + " bytes are not readable as events");
}

Result<> Verifier::check_segment(const Segment& segment, std::uint64_t last_possible) {
    const auto file = store_.access->file_of(segment);
    if (!file) return file.error();
    if (!*file) return {};
    const auto failed = [&](const IoError& error) { return Error{"reading " + segment.name() + ": " + error.text()}; };
    const auto size = segment.size();

    char bytes[file_header_bytes];
    const auto got = (*file)->read(bytes, sizeof bytes, 0);
    if (!got) return failed(got.error());
    FileHeader header;
    if (decode({bytes, *got}, header) != HeaderCheck::good)
        note(segment, 0, 0, 0, "the file's header is damaged; its events are not");

    Scanner scanner(**file, segment.first(), file_header_bytes, size);
    std::uint64_t previous = segment.first() - 1;
    std::optional<Scanner::Found> hole;
    for (;;) {
        const auto found = scanner.next();
        if (!found) return failed(found.error());
        if (!*found) break;
        if ((*found)->header.sequence > committed_) { // of a commit that is under way; all before it is looked at
            const auto last = std::min(last_before((*found)->header), committed_);
            if (hole && last > previous) note_hole(segment, *hole, previous, last);
            return {};
        }
        count((*found)->bytes);
        if ((*found)->kind == Scanner::Found::Kind::hole) {
            hole = **found;
            continue;
        }
        if (hole) note_hole(segment, *hole, previous, last_before((*found)->header));
        hole.reset();
        note_event(segment, **found);
        previous = (*found)->header.sequence;
    }
    // A commit that is under way, or was when the power went, is no damage; a sequence that was acknowledged is.
    if (previous >= last_possible) return {};
    const auto end = end_of_content(**file, scanner.offset(), size);
    if (!end) return failed(end.error());
    if (*end > scanner.offset())
        note(segment, scanner.offset(), previous + 1, last_possible,
             std::to_string(*end - scanner.offset()) + " bytes at the end are not readable as events");
    return {};
}

Result<> Verifier::check(Family family) {
    const auto segments = store_.inside.catalogue->of(family);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const bool is_last = i + 1 == segments.size();
        const auto last_possible = is_last ? acknowledged_ : segments[i + 1]->first() - 1;
        if (auto checked = check_segment(*segments[i], last_possible); !checked) return checked;
    }
    return {};
}

Result<> Verifier::narrow_down() {
    std::vector<Damage> exact;
    for (auto& damage : result_.damage) {
        if (damage.first_sequence == 0) {
            exact.push_back(std::move(damage));
            continue;
        }
        // Of the other family, what is whole in the range.
        std::set<std::uint64_t> whole;
        const auto other =
            parse_segment_name(damage.file)->family == Family::changes ? Family::evaluations : Family::changes;
        const auto segments = store_.inside.catalogue->of(other);
        const bool is_known = !segments.empty() && segments.front()->first() <= damage.first_sequence;
        FamilyStream stream(*store_.inside.files, *store_.inside.catalogue, other, Scanner::Content::attributes);
        if (auto sought = stream.seek(damage.first_sequence - 1); !sought) return Error{sought.error().text()};
        for (;;) {
            const auto at = stream.peek();
            if (!at) return Error{at.error().text()};
            if (!*at || (*at)->header.sequence > damage.last_sequence) break;
            whole.insert((*at)->header.sequence);
            stream.pop();
        }
        if (!is_known || damage.last_sequence - damage.first_sequence - whole.size() > most_named) {
            exact.push_back(std::move(damage));
            continue;
        }
        for (auto sequence = damage.first_sequence; sequence <= damage.last_sequence; ++sequence)
            if (!whole.contains(sequence))
                exact.push_back({damage.file, damage.offset, sequence, sequence, damage.what});
    }
    result_.damage = std::move(exact);
    return {};
}

} // namespace

Result<Verification> Store::verify(const std::function<void(std::uint64_t)>& progress) {
    const std::lock_guard lock(impl_->mutex);
    const auto committed = impl_->committed();
    // Before the sizes of the files, and no later than what is looked at: what is acknowledged in between need be in
    // neither.
    const bool is_at_rest = committed == std::numeric_limits<std::int64_t>::max();
    const auto acknowledged = is_at_rest ? CommittedFile::read(*impl_->inside.files) : committed;
    if (auto refreshed = impl_->refresh(); !refreshed) return refreshed.error();
    Verifier verifier(*impl_, progress, committed, acknowledged);
    for (const auto family : {Family::changes, Family::evaluations})
        if (auto checked = verifier.check(family); !checked) return checked.error();
    if (auto narrowed = verifier.narrow_down(); !narrowed) return narrowed.error();
    auto result = verifier.take();

    const auto ledger = impl_->ledger();
    if (!ledger) return ledger.error();
    const auto findings = (*ledger)->check();
    if (!findings) return findings.error();
    for (const auto& finding : *findings) result.damage.push_back({"ledger.db", 0, 0, 0, finding});
    return result;
}

} // namespace webhookd::journal
