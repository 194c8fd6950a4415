#include "journal/indexer.hpp"

#include "journal/segment_access.hpp"

#include <spdlog/spdlog.h>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace webhookd::journal {
namespace {

using namespace std::chrono_literals;

constexpr auto gather_time = 100ms; // many commits become one transaction
constexpr auto pause_after_failure = 10s;
constexpr std::size_t events_of_a_transaction = 2000;

/// Making an index anew, or forgetting a million events in it, takes seconds of a core that intake may need. A tenth of
/// the weight of the others, for this thread only (Linux: nice(7) is of threads).
void yield_to_others() {
    constexpr int niceness = 10;
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
}

} // namespace

Indexer::Indexer(std::filesystem::path directory, FileSystem& files, Catalogue& catalogue,
                 std::function<std::uint64_t()> committed)
    : directory_(std::move(directory)), files_(files), catalogue_(catalogue), committed_(std::move(committed)),
      thread_([this] { work(); }) {}

Indexer::~Indexer() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Indexer::wake() noexcept {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_woken_, true)) return;
    wake_.notify_one();
}

bool Indexer::catch_up(std::chrono::milliseconds patience) {
    const auto wanted = committed_();
    std::unique_lock lock(mutex_);
    is_woken_ = is_urgent_ = true;
    wake_.notify_one();
    return progress_.wait_for(lock, patience, [&] { return indexed_ >= wanted; });
}

bool Indexer::wait_for_work() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return is_woken_ || is_stopping_; });
    wake_.wait_for(lock, gather_time, [&] { return is_urgent_ || is_stopping_; });
    is_woken_ = is_urgent_ = false;
    return !is_stopping_;
}

void Indexer::pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, time, [&] { return is_stopping_; });
}

bool Indexer::is_stopping() {
    const std::lock_guard lock(mutex_);
    return is_stopping_;
}

void Indexer::open() {
    if (index_) return;
    index_ = Index::open_to_write(directory_, committed_());
    const auto indexed = told_ = index_->indexed().value();
    changes_.emplace(files_, catalogue_, Family::changes, Scanner::Content::attributes);
    if (auto sought = changes_->seek(indexed); !sought) throw std::runtime_error(sought.error().text());
    summarised_.clear();
    oldest_ = {};
}

void Indexer::work() {
    ::pthread_setname_np(::pthread_self(), "indexer");
    yield_to_others();
    int failures = 0;
    while (!is_stopping()) {
        try {
            {
                const std::lock_guard lock(index_mutex_);
                open();
            }
            while (wait_for_work()) {
                std::size_t steps = 1;
                while (index_some().value() && !is_stopping()) ++steps;
                while (!is_stopping() && summarise_one().value()) {
                }
                if (!forget_removed(steps).value()) wake();
                failures = 0;
            }
        } catch (const std::runtime_error& error) {
            // Nobody waits for it: searches read the segments meanwhile.
            spdlog::warn("the search index: {}", error.what());
            const std::lock_guard lock(index_mutex_);
            index_.reset();
            if (++failures > 1) Index::remove(directory_); // it can be made again
        }
        if (!is_stopping()) pause(pause_after_failure);
    }
    const std::lock_guard lock(index_mutex_);
    if (index_) index_->close();
}

Result<bool> Indexer::index_some() {
    const auto committed = committed_();
    std::uint64_t indexed = committed;
    std::size_t events = 0;
    {
        const std::lock_guard lock(index_mutex_);
        for (;;) {
            const auto found = changes_->peek();
            if (!found) return Error{"reading the store: " + found.error().text()};
            if (!*found || (*found)->header.sequence > committed) break;
            if (events++ == 0) index_->begin();
            const auto position = changes_->position();
            const auto& header = (*found)->header;
            index_->add({header.sequence, position.segment->first(), position.offset}, header.id, header.received,
                        AttributeView((*found)->attributes));
            changes_->pop();
            if (events == events_of_a_transaction) {
                indexed = header.sequence;
                break;
            }
        }
        if (events == 0 && indexed > told_)
            index_->begin(); // evaluations only: how far it has come is told all the same
        if (events > 0 || indexed > told_) {
            if (auto done = index_->commit(indexed); !done) return done.error();
            told_ = indexed;
        }
    }
    const std::lock_guard lock(mutex_);
    indexed_ = std::max(indexed_, indexed);
    progress_.notify_all();
    return events == events_of_a_transaction;
}

/// Closed segments do not change any more: what is known of them is kept for the next start and for other processes.
Result<bool> Indexer::summarise_one() {
    const std::lock_guard lock(index_mutex_);
    for (const auto family : {Family::changes, Family::evaluations}) {
        const auto segments = catalogue_.of(family);
        for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
            const auto& segment = segments[i];
            if (!summarised_.insert(segment->name()).second) continue;
            SegmentAccess access(files_, catalogue_);
            const auto kept = index_->summary(family, segment->first());
            if (!kept) return kept.error();
            const auto summary = access.summary_of(*segment, index_.get());
            if (!summary) return summary.error();
            if (*kept && (*kept)->end() == summary->end()) continue;
            if (auto added = index_->add_summary(family, segment->first(), *summary); !added) return added.error();
            return true;
        }
    }
    return false;
}

std::array<std::uint64_t, families> Indexer::oldest() const {
    std::array<std::uint64_t, families> oldest{};
    for (std::size_t family = 0; family < families; ++family)
        if (const auto segments = catalogue_.of(family_at(family)); !segments.empty())
            oldest[family] = segments.front()->first();
    return oldest;
}

/// No more transactions than so many, between what comes in: forgetting a million events takes seconds.
Result<bool> Indexer::forget_removed(std::size_t steps) {
    const auto oldest = this->oldest();
    if (oldest == oldest_) return true;
    const std::lock_guard lock(index_mutex_);
    for (bool is_all = false; !is_all; --steps) {
        if (steps == 0 || is_stopping()) return false;
        const auto forgotten = index_->forget_events_below(oldest[index_of(Family::changes)], events_of_a_transaction);
        if (!forgotten) return forgotten.error();
        is_all = *forgotten;
    }
    if (auto done = index_->forget_segments_below(oldest[0], oldest[1]); !done) return done.error();
    oldest_ = oldest;
    return true;
}

Result<> Indexer::erase(std::span<const std::uint64_t> sequences) {
    const std::lock_guard lock(index_mutex_);
    try {
        if (!index_) open();
    } catch (const std::runtime_error&) {
        Index::remove(directory_); // it is made again, without them
        return {};
    }
    // What retention removed goes with them: it may have the same texts.
    for (bool is_all = false; !is_all;) {
        const auto forgotten =
            index_->forget_events_below(oldest()[index_of(Family::changes)], events_of_a_transaction);
        if (!forgotten) return forgotten.error();
        is_all = *forgotten;
    }
    return index_->erase(sequences);
}

} // namespace webhookd::journal
