#include "delivery/redelivery_job.hpp"

#include <algorithm>

namespace webhookd::delivery {
namespace {

constexpr std::size_t piece_events = 256;
constexpr std::size_t piece_bytes = 1u << 20;
constexpr std::size_t piece_letters = 100;

/// The stored events that a replay means, piece by piece.
class Selection {
public:
    Selection(Replay replay, const Matcher& own, journal::Journal& journal)
        : replay_(std::move(replay)), own_(own), also_(replay_.match, {}), reader_(journal.reader()),
          end_(journal.committed()) {
        std::sort(replay_.sequences.begin(), replay_.sequences.end());
    }

    /// The next of them, oldest first; nothing when there are no more. The views live until the next call.
    Result<std::vector<journal::Entry>> next() {
        if (!replay_.sequences.empty()) return next_of_list();
        if (!has_begun_) {
            has_begun_ = true;
            if (auto begun = seek_since(); !begun) return begun.error();
        }
        std::vector<journal::Entry> found;
        while (found.empty() && at_ < end_) {
            const auto entries = reader_->next(at_, piece_events, piece_bytes);
            if (!entries) return entries.error();
            if (entries->empty()) break;
            for (const auto& entry : *entries) {
                at_ = entry.sequence;
                if (at_ > end_ || (replay_.until && entry.received >= *replay_.until)) {
                    at_ = end_;
                    break;
                }
                if (own_.takes(entry.attributes) && also_.takes(entry.attributes)) found.push_back(entry);
            }
        }
        return found;
    }

private:
    Result<std::vector<journal::Entry>> next_of_list() {
        std::vector<journal::Entry> found;
        while (found.empty() && listed_ < replay_.sequences.size()) {
            const auto sequence = replay_.sequences[listed_++];
            const auto entries = reader_->next(sequence - 1, 1, 1);
            if (!entries) return entries.error();
            if (!entries->empty() && entries->front().sequence == sequence) found.push_back(entries->front());
        }
        return found;
    }

    /// Receipt rises with the sequence: the first event of `since` is found by halving.
    Result<> seek_since() {
        if (!replay_.since) return {};
        auto before = at_, behind = end_;
        while (before < behind) {
            const auto middle = before + (behind - before) / 2;
            const auto entries = reader_->next(middle, 1, 1);
            if (!entries) return entries.error();
            if (!entries->empty() && entries->front().received < *replay_.since)
                before = entries->front().sequence;
            else
                behind = middle;
        }
        at_ = before;
        return {};
    }

    Replay replay_;
    const Matcher& own_;
    const Matcher also_;
    std::unique_ptr<journal::Reader> reader_;
    std::uint64_t at_ = 0;
    const std::uint64_t end_; // what is stored later is delivered anyway
    bool has_begun_ = false;
    std::size_t listed_ = 0;
};

class ReplayJob final : public RedeliveryJob {
public:
    ReplayJob(std::uint64_t number, const Needs& needs, Replay replay, const Matcher& own, journal::Journal& journal)
        : RedeliveryJob(number, false, needs), sink_(needs.sink), journal_(journal),
          selection_(std::move(replay), own, journal) {}

private:
    Result<bool> fetch(SteadyTime now) override {
        const auto entries = selection_.next();
        if (!entries) return entries.error();
        for (const auto& entry : *entries)
            admit({entry.sequence, entry.id, entry.received, entry.attributes, entry.body, true}, now);
        return !entries->empty();
    }
    Result<> delivered(const std::vector<std::uint64_t>&) override { return {}; }
    Result<> gave_up(const event::Event& event, std::string why, std::uint32_t attempts) override {
        const auto letter = dead_letter(sink_, event, std::move(why), attempts);
        if (const auto buried = journal_.ledger().bury({&letter, 1}, {}); !buried) return buried.error();
        return {};
    }

    const std::string sink_;
    journal::Journal& journal_;
    Selection selection_;
};

class RetryJob final : public RedeliveryJob {
public:
    RetryJob(std::uint64_t number, const Needs& needs, Retry retry, journal::Ledger& ledger)
        : RedeliveryJob(number, true, needs), sink_(needs.sink), numbers_(std::move(retry.numbers)), ledger_(ledger) {}

private:
    /// In the window a letter's number stands for its sequence: an event may have died more than once.
    Result<bool> fetch(SteadyTime now) override {
        auto letters = next_letters();
        if (!letters) return letters.error();
        for (auto& letter : *letters) {
            const auto number = static_cast<std::uint64_t>(letter.number);
            auto& kept = letters_[number] = std::move(letter);
            admit({number, kept.id, kept.received, AttributeView(kept.attributes), kept.body, true}, now);
        }
        return !letters->empty();
    }

    Result<std::vector<journal::DeadLetter>> next_letters() {
        if (numbers_.empty()) {
            auto page =
                ledger_.dead_letters({.lane = sink_, .after = after_, .limit = piece_letters, .with_body = true});
            if (!page) return page;
            if (page->empty()) return page;
            after_ = page->back().number;
            // What dies while this runs, for the second time perhaps, is not tried again and again.
            std::erase_if(*page, [&](const journal::DeadLetter& letter) { return letter.died >= began_; });
            return page;
        }
        std::vector<journal::DeadLetter> found;
        while (found.empty() && listed_ < numbers_.size()) {
            auto letter = ledger_.dead_letter(numbers_[listed_++]);
            if (!letter) return letter.error();
            if (*letter && (*letter)->lane == sink_) found.push_back(std::move(**letter));
        }
        return found;
    }

    Result<> delivered(const std::vector<std::uint64_t>& numbers) override { return remove(numbers); }

    Result<> gave_up(const event::Event& event, std::string why, std::uint32_t attempts) override {
        auto& letter = letters_[event.sequence];
        letter.why = std::move(why);
        letter.attempts += attempts;
        letter.died = now();
        if (const auto buried = ledger_.bury({&letter, 1}, {}); !buried) return buried.error();
        return remove({event.sequence});
    }

    Result<> remove(const std::vector<std::uint64_t>& numbers) {
        for (const auto number : numbers) letters_.erase(number);
        const std::vector<std::int64_t> in_ledger(numbers.begin(), numbers.end());
        if (const auto removed = ledger_.remove_dead_letters(in_ledger); !removed) return removed.error();
        return {};
    }

    const std::string sink_;
    const std::vector<std::int64_t> numbers_;
    std::size_t listed_ = 0;
    std::int64_t after_ = 0;
    const Time began_ = now();
    journal::Ledger& ledger_;
    std::map<std::uint64_t, journal::DeadLetter> letters_; // in the window
};

} // namespace

RedeliveryJob::RedeliveryJob(std::uint64_t number, bool is_retry, Needs needs)
    : window_(needs.shape, needs.plan), redactor_(std::move(needs.redactor)) {
    progress_.number = number;
    progress_.sink = std::move(needs.sink);
    progress_.is_retry = is_retry;
}

Result<> RedeliveryJob::fill(SteadyTime now) {
    if (is_exhausted_ || window_.size() >= piece_events) return {};
    const auto more = fetch(now);
    if (!more) return more.error();
    is_exhausted_ = !*more;
    return {};
}

void RedeliveryJob::admit(event::Event event, SteadyTime now) {
    if (redactor_ && redactor_->redact(event, redacted_body_, redacted_attributes_)) {
        event.body = redacted_body_;
        event.attributes = AttributeView(redacted_attributes_);
    }
    window_.admit(event, true, now);
}

Result<Window::Conclusion> RedeliveryJob::conclude(Window::Batch& batch, const sink::Outcomes& outcomes, SteadyTime now,
                                                   double chance) {
    std::vector<std::uint64_t> through;
    for (std::size_t i = 0; i < std::min(outcomes.size(), batch.events.size()); ++i)
        if (outcomes[i].kind == sink::Outcome::Kind::delivered) through.push_back(batch.events[i].sequence);
    if (!through.empty())
        if (auto noted = delivered(through); !noted) return noted.error();
    const auto conclusion = window_.conclude(batch, outcomes, now, chance);
    for (const auto& death : conclusion.deaths) {
        if (auto noted = gave_up(death.position->event, death.why, death.position->attempts); !noted)
            return noted.error();
        window_.bury(death.position);
    }
    const std::lock_guard lock(mutex_);
    progress_.delivered += conclusion.delivered;
    progress_.failed += conclusion.deaths.size();
    if (!conclusion.why.empty()) progress_.why = conclusion.why;
    return conclusion;
}

void RedeliveryJob::end(std::string why) {
    const std::lock_guard lock(mutex_);
    progress_.is_over = true;
    if (!why.empty()) progress_.why = std::move(why);
}

Redelivery RedeliveryJob::progress() const {
    const std::lock_guard lock(mutex_);
    return progress_;
}

std::shared_ptr<RedeliveryJob> replay_job(std::uint64_t number, RedeliveryJob::Needs needs, Replay replay,
                                          const Matcher& own, journal::Journal& journal) {
    return std::make_shared<ReplayJob>(number, needs, std::move(replay), own, journal);
}

std::shared_ptr<RedeliveryJob> retry_job(std::uint64_t number, RedeliveryJob::Needs needs, Retry retry,
                                         journal::Ledger& ledger) {
    return std::make_shared<RetryJob>(number, needs, std::move(retry), ledger);
}

Result<std::uint64_t> count_events(const Replay& replay, const Matcher& own, journal::Journal& journal) {
    Selection selection(replay, own, journal);
    std::uint64_t count = 0;
    for (;;) {
        const auto entries = selection.next();
        if (!entries) return entries.error();
        if (entries->empty()) return count;
        count += entries->size();
    }
}

journal::DeadLetter dead_letter(const std::string& lane, const event::Event& event, std::string why,
                                std::uint32_t attempts) {
    journal::DeadLetter letter;
    letter.lane = lane;
    letter.sequence = event.sequence;
    letter.id = event.id;
    letter.received = event.received;
    letter.attributes = event.attributes.bytes();
    letter.body = event.body;
    letter.why = std::move(why);
    letter.attempts = attempts;
    letter.died = now();
    return letter;
}

} // namespace webhookd::delivery
