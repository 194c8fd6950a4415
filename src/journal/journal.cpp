#include "webhookd/journal/journal.hpp"

#include "journal/eraser.hpp"
#include "journal/indexer.hpp"
#include "journal/lock.hpp"
#include "journal/reader.hpp"
#include "journal/recovery.hpp"
#include "journal/remover.hpp"
#include "journal/retention.hpp"
#include "journal/scanner.hpp"
#include "journal/store_parts.hpp"
#include "journal/wakers.hpp"
#include "journal/writer.hpp"
#include "webhookd/journal/ledger.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <stdexcept>
#include <sys/stat.h>

namespace webhookd::journal {
namespace {

constexpr std::size_t recent_bytes = 16u << 20;
// Removed, and the room not yet given back: at most so much of what may as well be removed later, and of what may not.
constexpr std::uint64_t most_waiting_bytes = 128u << 20;
constexpr std::uint64_t most_urgent_bytes = 2u << 30;

void make_directory(const std::filesystem::path& directory) {
    std::error_code error;
    const bool is_new = std::filesystem::create_directories(directory, error);
    if (error) throw std::runtime_error("making the store directory " + directory.string() + ": " + error.message());
    if (is_new && ::chmod(directory.c_str(), 0700) != 0)
        throw std::runtime_error(system_error("protecting " + directory.string()).message);
}

/// What is certain to have been committed: nothing of it may be cut, and no sequence of it may be given again.
std::uint64_t acknowledged(FileSystem& files, Ledger& ledger) {
    std::uint64_t sequence = CommittedFile::read(files);
    for (const auto& lane : ledger.lanes().value()) sequence = std::max(sequence, lane.settled);
    return sequence;
}

void tell(const Recovery& recovery, std::uint64_t acknowledged) {
    if (recovery.cut_bytes > 0)
        spdlog::info("{} bytes of a commit that was never acknowledged were cut off the store", recovery.cut_bytes);
    if (recovery.damaged > 0)
        spdlog::error("{} events in the newest files of the store are damaged; `store verify` names them",
                      recovery.damaged);
    for (const auto& name : recovery.unreadable_headers)
        spdlog::error("the first bytes of {} are damaged; its events are read all the same", name);
    if (recovery.last_found < acknowledged)
        spdlog::error("the store ends with event {}, but events up to {} were acknowledged: the disk lost them, or "
                      "sync is \"normal\"",
                      recovery.last_found, acknowledged);
}

/// Fills the window from the newest files of the changes family; evaluations have no ids that can repeat.
DuplicateWindow remember_ids(FileSystem& files, const Catalogue& catalogue, Duration keep) {
    DuplicateWindow window(keep);
    const auto segments = catalogue.of(Family::changes);
    if (segments.empty()) return window;

    const auto chunks = segments.back()->summary().chunks;
    const Time newest = chunks.empty() ? segments.back()->newest_before : chunks.back().newest;
    auto from = segments.size() - 1;
    const auto events_at_end = segments.back()->events_before;
    while (from > 0 && segments[from]->newest_before + keep >= newest &&
           events_at_end - segments[from]->events_before < DuplicateWindow::most)
        --from;

    for (; from < segments.size(); ++from) {
        const auto file = files.open(segments[from]->name(), FileSystem::Access::read);
        if (!file) continue;
        Scanner scanner(**file, segments[from]->first(), file_header_bytes, segments[from]->size(),
                        Scanner::Content::attributes);
        for (;;) {
            const auto found = scanner.next();
            if (!found || !*found) break;
            const auto& header = (*found)->header;
            if ((*found)->kind != Scanner::Found::Kind::event || !header.id.from_content() ||
                header.received + keep < newest)
                continue;
            const auto endpoint = AttributeView((*found)->attributes).get_or(Attribute::endpoint, "");
            window.add(endpoint, header.id, {header.sequence, header.received});
        }
    }
    return window;
}

class FileJournal final : public Journal {
public:
    FileJournal(Settings settings, std::function<void(const std::string&)> on_fatal,
                std::function<void(const CommitReport&)> on_report);

    void append(Append& append) noexcept override { writer_->append(append); }
    std::uint64_t committed() const noexcept override { return committed_.load(std::memory_order_acquire); }
    std::shared_ptr<void> on_commit(std::function<void()> wake) override { return wakers_.add(std::move(wake)); }
    bool can_store() const noexcept override { return writer_->can_store(); }
    std::unique_ptr<Reader> reader() override {
        return std::make_unique<MergingReader>(*files_, catalogue_, recent_, committed_);
    }
    void set_retention_floor(std::uint64_t sequence) noexcept override {
        floor_.store(sequence, std::memory_order_relaxed);
    }
    bool apply_retention(Time now) override;
    Result<Erased> erase(const Erasure& erasure) override;
    Ledger& ledger() override { return *ledger_; }
    Store& store() override { return *store_; }

private:
    const Settings settings_;
    const StoreLock lock_;
    const std::unique_ptr<FileSystem> files_;
    const std::unique_ptr<Ledger> ledger_;
    Catalogue catalogue_;
    RecentBatches recent_{recent_bytes};
    Wakers wakers_;
    std::atomic<std::uint64_t> committed_{0};
    std::atomic<std::uint64_t> floor_{0};
    std::array<std::uint64_t, families> left_bytes_{}; // by the last look of retention
    std::unique_ptr<Store> store_;
    std::unique_ptr<Indexer> indexer_;
    std::unique_ptr<Remover> remover_;
    std::unique_ptr<Writer> writer_; // last: its thread uses the others
    std::mutex erasing_;
};

/// Makes the directory before its lock is taken.
const Settings& with_directory(const Settings& settings) {
    make_directory(settings.directory);
    return settings;
}

FileJournal::FileJournal(Settings settings, std::function<void(const std::string&)> on_fatal,
                         std::function<void(const CommitReport&)> on_report)
    : settings_(std::move(settings)), lock_(with_directory(settings_).directory),
      files_(real_file_system(settings_.directory)),
      ledger_((check_store_format(settings_.directory, true), Ledger::open(settings_.directory))) {
    const auto known = acknowledged(*files_, *ledger_);
    auto recovery = recover(*files_, catalogue_, known);
    tell(recovery, known);
    committed_ = recovery.position.next_sequence - 1;
    for (std::size_t family = 0; family < families; ++family) left_bytes_[family] = catalogue_.bytes(family_at(family));
    auto duplicates = remember_ids(*files_, catalogue_, settings_.duplicate_window);

    const auto committed = [this] { return committed_.load(std::memory_order_acquire); };
    indexer_ = std::make_unique<Indexer>(settings_.directory, *files_, catalogue_, committed);
    remover_ = std::make_unique<Remover>(*files_);
    store_ = std::make_unique<Store>(
        Store::Inside{settings_.directory, files_.get(), &catalogue_, ledger_.get(), committed});

    Log::Options options;
    options.sync = settings_.sync;
    options.segment_bytes = {segment_bytes(settings_.segment, settings_.changes.max_size),
                             segment_bytes(settings_.segment, settings_.evaluations.max_size)};
    options.segment_age = {segment_age(settings_.changes.keep), segment_age(settings_.evaluations.keep)};
    Writer::Hooks hooks;
    hooks.quarantine = [this](std::span<const Quarantined> bodies) { return ledger_->quarantine(bodies); };
    hooks.on_batch = [this](std::shared_ptr<const Batch> batch) {
        const auto last = batch->last();
        recent_.push(std::move(batch));
        committed_.store(last, std::memory_order_release);
    };
    hooks.on_commit = [this] {
        wakers_.wake_all();
        indexer_->wake();
    };
    hooks.on_fatal = std::move(on_fatal);
    hooks.report = std::move(on_report);
    writer_ = std::make_unique<Writer>(Log(*files_, catalogue_, options, std::move(recovery.position)),
                                       std::move(duplicates), std::move(hooks));
}

bool FileJournal::apply_retention(Time now) {
    const std::array<Settings::Retention, families> retention{settings_.changes, settings_.evaluations};
    bool is_all = true;
    bool is_changed = false;
    for (std::size_t family = 0; family < families; ++family) {
        // The one that is written to must be closed before it can go.
        writer_->run([&](Log& log, DuplicateWindow&) {
            const auto closed =
                log.close_older(family_at(family), now - std::min(retention[family].keep, longest_keep), now);
            if (closed.outcome == Log::Outcome::failed) return writer_->fail(closed.why);
            if (closed.outcome == Log::Outcome::no_room) spdlog::warn("beginning a new segment: {}", closed.why);
        });
        // Bit by bit; but at least as much as came in, so that the store stays within its bounds whatever comes.
        auto in_hand = catalogue_.bytes(family_at(family));
        for (const auto& segment : expired_segments(catalogue_.of(family_at(family)), retention[family], floor_, now)) {
            const bool is_urgent = in_hand > left_bytes_[family];
            const auto waiting = remover_->waiting_bytes();
            if (!is_urgent && waiting >= most_waiting_bytes) {
                is_all = false;
                break;
            }
            is_changed = true;
            in_hand -= segment->size();
            catalogue_.remove(*segment);
            const auto removed =
                waiting >= most_urgent_bytes ? files_->remove(segment->name()) : remover_->remove(segment->name());
            if (!removed) spdlog::warn("removing {}: {}", segment->name(), removed.error().text());
        }
        left_bytes_[family] = in_hand;
    }
    if (!is_changed) return is_all;
    (void)files_->sync_directory(); // else they are removed once more after a power cut
    indexer_->wake();
    return is_all;
}

Result<Erased> FileJournal::erase(const Erasure& erasure) {
    const std::lock_guard lock(erasing_);
    const auto events = erase_in_segments(*files_, catalogue_, erasure, committed());
    // What is in memory goes even where something failed: some may have been erased before that.
    recent_.forget_all();
    catalogue_.note_erasure();
    if (!events) return events.error();

    std::vector<std::uint64_t> sequences;
    std::set<EventId> ids;
    for (const auto& event : *events) {
        sequences.push_back(event.sequence);
        ids.insert(event.id);
    }
    writer_->run([&](Log&, DuplicateWindow& duplicates) {
        duplicates.remove_if([&](const EventId& id) { return ids.contains(id); });
    });
    if (auto erased = indexer_->erase(sequences); !erased) return erased.error();
    const auto others = ledger_->erase(erasure);
    if (!others) return others.error();
    return Erased{events->size(), *others};
}

} // namespace

std::unique_ptr<Journal> Journal::open(Settings settings, std::function<void(const std::string&)> on_fatal,
                                       std::function<void(const CommitReport&)> on_report) {
    return std::make_unique<FileJournal>(std::move(settings), std::move(on_fatal), std::move(on_report));
}

} // namespace webhookd::journal
