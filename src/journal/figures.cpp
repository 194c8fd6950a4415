#include "journal/lock.hpp"
#include "journal/store_parts.hpp"

#include <algorithm>

namespace webhookd::journal {
namespace {

Result<FamilyFigures> figures_of(Family family, SegmentAccess& access, Index* index) {
    FamilyFigures figures;
    const auto segments = access.catalogue().of(family);
    std::uint64_t counted = 0;
    bool counts_fit = true; // else a header is damaged
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const auto& segment = *segments[i];
        ++figures.segments;
        figures.bytes += segment.size();
        counts_fit = counts_fit && (i == 0 || segment.events_before >= segments[i - 1]->events_before);
    }
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const bool is_at_end = i == 0 || i + 2 >= segments.size(); // the last one may still be empty
        if (counts_fit && !is_at_end) continue;
        const auto summary = access.summary_of(*segments[i], index);
        if (!summary) return summary.error();
        if (i + 1 == segments.size() && summary->end() < segments[i]->size())
            figures.bytes -= segments[i]->size() - summary->end(); // zeros ahead of the events
        for (const auto& chunk : summary->chunks) {
            if (i + 1 == segments.size() || !counts_fit) counted += chunk.events;
            if (figures.first_sequence == 0) figures.first_sequence = chunk.first_sequence;
            figures.last_sequence = chunk.last_sequence;
            figures.oldest = std::min(figures.oldest.value_or(chunk.oldest), chunk.oldest);
            figures.newest = std::max(figures.newest.value_or(chunk.newest), chunk.newest);
        }
    }
    figures.events = counted;
    if (counts_fit && !segments.empty())
        figures.events += segments.back()->events_before - segments.front()->events_before;
    return figures;
}

} // namespace

Result<Figures> Store::figures() {
    const std::lock_guard lock(impl_->mutex);
    const auto committed = impl_->committed(); // before the files are looked at
    if (auto refreshed = impl_->refresh(); !refreshed) return refreshed.error();
    Figures figures;
    Index* const index = impl_->index();
    for (const auto family : {Family::changes, Family::evaluations}) {
        auto one = figures_of(family, *impl_->access, index);
        if (!one) return one.error();
        figures.committed = std::max(figures.committed, one->last_sequence);
        figures.families[index_of(family)] = *one;
    }
    // What a daemon has written but not synced yet is not shown. Of a store at rest the files tell.
    figures.committed = impl_->inside.committed ? committed : std::min(figures.committed, committed);
    if (index)
        if (const auto indexed = index->indexed()) figures.indexed = *indexed;
    const auto ledger = impl_->ledger();
    if (!ledger) return ledger.error();
    const auto dead_letters = (*ledger)->dead_letter_amount("");
    const auto quarantine = (*ledger)->quarantine_amount();
    if (!dead_letters) return dead_letters.error();
    if (!quarantine) return quarantine.error();
    figures.dead_letters = *dead_letters;
    figures.quarantine = *quarantine;
    figures.holder = StoreLock::holder(impl_->directory);
    return figures;
}

} // namespace webhookd::journal
