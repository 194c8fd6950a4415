#pragma once

#include "webhookd/journal/journal.hpp"
#include "webhookd/journal/ledger.hpp"

#include <deque>
#include <list>
#include <mutex>
#include <vector>

namespace webhookd::test {

/// A journal that only remembers: commits are instant, on the caller's thread. Its ledger is a real one.
class MemoryJournal final : public journal::Journal {
public:
    explicit MemoryJournal(const std::filesystem::path& directory) : ledger_(journal::Ledger::open(directory)) {}

    /// Stores an event and wakes whoever waits for commits, as a commit of one event would. Returns its sequence.
    std::uint64_t add(std::string_view flag, std::string_view body = "{}",
                      std::string_view type = "com.flagsmith.flag.updated") {
        AttributeWriter attributes;
        attributes.add(Attribute::type, type);
        attributes.add(Attribute::endpoint, "environment");
        if (!flag.empty()) attributes.add(Attribute::flag, flag);
        const auto sequence = add_silently(attributes.bytes(), body);
        wake();
        return sequence;
    }
    /// The same without waking anybody.
    std::uint64_t add_silently(std::string_view attributes, std::string_view body) {
        const std::lock_guard lock(mutex_);
        auto& event =
            events_.emplace_back(Stored{std::string(attributes), std::string(body), receipt_id(now()), now()});
        if (next_id_) event.id = *std::exchange(next_id_, {});
        return committed_ = events_.size();
    }
    Time received(std::uint64_t sequence) {
        const std::lock_guard lock(mutex_);
        return events_[sequence - 1].received;
    }
    void use_id(const EventId& id) { next_id_ = id; }
    void wake() {
        const std::lock_guard lock(hooks_mutex_);
        for (const auto& hook : hooks_) (*hook)();
    }
    std::uint64_t retention_floor() const { return floor_; }
    /// Reading fails from now on, or works again.
    void break_reading(bool broken) { is_broken_ = broken; }

    void append(journal::Append& append) noexcept override { append.complete(append); }
    std::uint64_t committed() const noexcept override { return committed_; }
    std::shared_ptr<void> on_commit(std::function<void()> wake) override {
        const std::lock_guard lock(hooks_mutex_);
        const auto hook = hooks_.insert(hooks_.end(), std::make_shared<std::function<void()>>(std::move(wake)));
        return std::shared_ptr<void>(hook->get(), [this, hook](void*) {
            const std::lock_guard unlock(hooks_mutex_);
            hooks_.erase(hook);
        });
    }
    bool can_store() const noexcept override { return true; }
    std::unique_ptr<journal::Reader> reader() override { return std::make_unique<MemoryReader>(*this); }
    void set_retention_floor(std::uint64_t sequence) noexcept override { floor_ = sequence; }
    bool apply_retention(Time) override { return true; }
    journal::Ledger& ledger() override { return *ledger_; }
    Result<journal::Erased> erase(const journal::Erasure&) override { std::abort(); }
    journal::Store& store() override { std::abort(); }

private:
    struct Stored {
        std::string attributes;
        std::string body;
        EventId id;
        Time received;
    };

    /// Hands out copies that die with the next call, so that a reader of stale views is found by the sanitizer.
    class MemoryReader final : public journal::Reader {
    public:
        explicit MemoryReader(MemoryJournal& journal) : journal_(journal) {}
        Result<std::span<const journal::Entry>> next(std::uint64_t after, std::size_t max_events,
                                                     std::size_t max_bytes) override {
            if (journal_.is_broken_) return Error{"the disk is gone"};
            copies_.clear();
            entries_.clear();
            const std::lock_guard lock(journal_.mutex_);
            std::size_t bytes = 0;
            for (auto at = after; at < journal_.events_.size() && entries_.size() < max_events && bytes < max_bytes;
                 ++at) {
                const auto& copy = copies_.emplace_back(journal_.events_[at]);
                bytes += copy.body.size() + copy.attributes.size();
                entries_.push_back({at + 1, copy.id, copy.received, journal::Family::changes,
                                    AttributeView(copy.attributes), copy.body});
            }
            return std::span<const journal::Entry>(entries_);
        }

    private:
        MemoryJournal& journal_;
        std::deque<Stored> copies_;
        std::vector<journal::Entry> entries_;
    };

    std::unique_ptr<journal::Ledger> ledger_;
    std::mutex mutex_;
    std::deque<Stored> events_;
    std::optional<EventId> next_id_;
    std::atomic<std::uint64_t> committed_{0};
    std::atomic<std::uint64_t> floor_{0};
    std::atomic<bool> is_broken_{false};
    std::mutex hooks_mutex_;
    std::list<std::shared_ptr<std::function<void()>>> hooks_;
};

} // namespace webhookd::test
