#pragma once

#include "journal/eraser.hpp"
#include "journal/retention.hpp"
#include "support/log_fixture.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace webhookd::test {

/// Some days of a journal, in small and always the same: commits to both families that roll segments over, retention,
/// erasures, a restart and a crash of the process. It goes on until the disk fails it, as the daemon does; then
/// complaint() says what is wrong with what a next start finds.
class ScriptedLife {
public:
    ScriptedLife(MemoryDisk& disk, journal::Log::Options options) : disk_(disk), options_(options) {}

    /// Whether it came to its end: no error of the disk ended it.
    bool run() {
        try {
            start();
            for (int i = 0; i < 6; ++i) append(i);
            erase(body(2, 0));
            settled_ = last_ / 2;
            retain();
            log_->close();
            start();
            for (int i = 6; i < 14; ++i) append(i);
            settled_ = last_;
            retain();
            start(); // without close(): as after kill -9
            erase(body(13, 1));
            for (int i = 14; i < 18; ++i) append(i);
            log_->close();
            return true;
        } catch (const std::runtime_error&) {
            return false;
        }
    }
    std::size_t acknowledged() const { return acknowledged_; }
    std::size_t errors() const { return errors_; } // that were told to somebody, and life went on

    /// Starts once more, on a disk that works, and compares: acknowledged ⊆ stored ⊆ appended, byte by byte, without
    /// gaps. Then the same again behind one more commit and a power cut.
    std::string complaint() {
        try {
            start();
            auto found = contents();
            if (auto wrong = compare(found); !wrong.empty()) return wrong;
            append(100);
            disk_.cut_power();
            start();
            auto again = contents();
            for (const auto& [sequence, text] : expected_after_)
                if (again[sequence] != text) return "event " + std::to_string(sequence) + " was lost after the restart";
            for (const auto& [sequence, text] : found)
                if (again[sequence] != text) return "event " + std::to_string(sequence) + " was seen and then lost";
            return {};
        } catch (const std::runtime_error& error) {
            return std::string("a start on a sound disk: ") + error.what();
        }
    }

private:
    struct Event {
        std::string text;
        Family family = Family::changes;
        bool may_be_missing = false; // removed by something that was not finished, or that may come undone
        bool is_gone = false;        // erased, and whoever asked was told so
    };
    using Contents = std::map<std::uint64_t, std::string>;

    static std::string body(int round, int i) {
        return (i % 2 == 1 ? "~" : "") + std::string("event ") + std::to_string(round) + "." + std::to_string(i) + ";" +
               std::string(static_cast<std::size_t>(round * 37 % 200), '.');
    }

    void start() {
        log_.reset();
        catalogue_ = std::make_unique<journal::Catalogue>();
        auto recovery = recover(disk_, *catalogue_, std::max(settled_, journal::CommittedFile::read(disk_)));
        const auto next = recovery.position.next_sequence;
        log_.emplace(disk_, *catalogue_, options_, std::move(recovery.position));
        // A commit that failed in the middle counts from now on as far as it was found.
        for (std::size_t i = 0; i < in_doubt_.size() && last_ + 1 < next; ++i)
            events_[++last_] = {in_doubt_[i], family_of(in_doubt_[i])};
        in_doubt_.clear();
    }
    static Family family_of(const std::string& text) {
        return text.starts_with('~') ? Family::evaluations : Family::changes;
    }

    void append(int round) {
        clock_ += std::chrono::minutes(5);
        std::vector<std::string> texts;
        for (int i = 0; i <= round % 4; ++i) texts.push_back(body(round, i + round % 2));
        std::deque<Sent> sent;
        std::vector<journal::Append*> appends;
        for (const auto& text : texts) appends.push_back(&sent.emplace_back(text, family_of(text), clock_));
        switch (log_->commit(appends).outcome) {
        case journal::Log::Outcome::no_room: // the senders would wait, and give up
            ++errors_;
            return;
        case journal::Log::Outcome::failed:
            in_doubt_ = std::move(texts);
            throw std::runtime_error("the writer ends");
        case journal::Log::Outcome::stored:
            break;
        }
        for (const auto& one : sent) {
            events_[last_ = one.sequence] = {one.bytes, one.family};
            expected_after_[one.sequence] = one.bytes;
            ++acknowledged_;
        }
    }

    /// As the journal does it: an error of a removal is told, and life goes on.
    void retain() {
        const journal::Settings::Retention retention{std::chrono::hours(24), ByteSize{1200}};
        for (const auto family : {Family::changes, Family::evaluations}) {
            if (log_->close_older(family, clock_ - std::chrono::minutes(40), clock_).outcome ==
                journal::Log::Outcome::failed)
                throw std::runtime_error("the writer ends");
            const auto segments = catalogue_->of(family);
            const auto expired = expired_segments(segments, retention, settled_ + 1, clock_);
            for (std::size_t i = 0; i < expired.size(); ++i) {
                catalogue_->remove(*expired[i]);
                if (!disk_.remove(expired[i]->name())) ++errors_;
                for (auto& [sequence, event] : events_)
                    if (event.family == family && sequence < segments[i + 1]->first()) {
                        event.may_be_missing = true; // until the directory is synced for certain, it may come back
                        expected_after_.erase(sequence);
                    }
            }
        }
        if (!disk_.sync_directory()) ++errors_;
    }

    void erase(const std::string& text) {
        const auto erased =
            erase_in_segments(disk_, *catalogue_, {.ids = {content_id(text)}}, log_->next_sequence() - 1);
        catalogue_->note_erasure();
        if (!erased) ++errors_;
        for (auto& [sequence, event] : events_)
            if (event.text == text) {
                (erased ? event.is_gone : event.may_be_missing) = true;
                expected_after_.erase(sequence);
            }
    }

    Contents contents() {
        const journal::RecentBatches none(0);
        const std::atomic<std::uint64_t> end{log_->next_sequence() - 1};
        journal::MergingReader reader(disk_, *catalogue_, none, end);
        Contents found;
        for (std::uint64_t after = 0;;) {
            const auto entries = reader.next(after, 7, 1 << 20).value();
            if (entries.empty()) return found;
            for (const auto& entry : entries) found[after = entry.sequence] = entry.body;
        }
    }
    std::string compare(const Contents& found) const {
        for (const auto& [sequence, text] : found) {
            const auto known = events_.find(sequence);
            if (known == events_.end()) return "nobody appended what is at " + std::to_string(sequence);
            if (known->second.text != text) return "another body is at " + std::to_string(sequence);
            if (known->second.is_gone) return "erased " + std::to_string(sequence) + " came back";
        }
        for (const auto& [sequence, event] : events_)
            if (!event.may_be_missing && !event.is_gone && !found.contains(sequence))
                return "event " + std::to_string(sequence) + " is lost";
        if (log_->next_sequence() != last_ + 1) return "the next sequence is not behind the last";
        return {};
    }

    MemoryDisk& disk_;
    const journal::Log::Options options_;
    std::unique_ptr<journal::Catalogue> catalogue_;
    std::optional<journal::Log> log_;
    std::map<std::uint64_t, Event> events_;
    Contents expected_after_;           // acknowledged, and not removed since
    std::vector<std::string> in_doubt_; // the commit that failed
    std::uint64_t last_ = 0;            // acknowledged, or found by a start
    std::uint64_t settled_ = 0;         // by all lanes
    std::size_t acknowledged_ = 0;
    std::size_t errors_ = 0;
    Time clock_ = noon;
};

} // namespace webhookd::test
