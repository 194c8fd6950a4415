#pragma once

#include "journal/log.hpp"
#include "journal/reader.hpp"
#include "journal/recovery.hpp"
#include "support/memory_disk.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace webhookd::test {

using journal::Family;

inline constexpr Time noon{std::chrono::microseconds{1'795'000'000'000'000}};

inline std::string attributes_with(std::string_view flag, std::string_view endpoint = "environment") {
    AttributeWriter writer;
    writer.add(Attribute::type, "com.flagsmith.flag.updated");
    writer.add(Attribute::endpoint, endpoint);
    if (!flag.empty()) writer.add(Attribute::flag, flag);
    return std::string(writer.bytes());
}

/// An event to be appended, with all it needs.
struct Sent : journal::Append {
    Sent(std::string text, Family where, Time when = noon)
        : bytes(std::move(text)), kept_attributes(attributes_with(where == Family::changes ? "checkout" : "")) {
        id = content_id(bytes);
        received = when;
        family = where;
        attributes = kept_attributes;
        body = bytes;
        endpoint = "environment";
    }
    std::string bytes;
    std::string kept_attributes;
};

/// A log on a disk in memory; tests are sentences in its verbs.
class LogFixture : public testing::Test {
protected:
    LogFixture() {
        spdlog::set_level(spdlog::level::off); // what is broken on purpose is not told
        options.most_ahead = 0;                // files end with their last event, but in the tests of zeros ahead
        open();
    }
    ~LogFixture() override { spdlog::set_level(spdlog::level::info); }

    void open() {
        log.reset();
        catalogue = std::make_unique<journal::Catalogue>();
        recovery = recover(disk, *catalogue, std::max(settled, journal::CommittedFile::read(disk)));
        log.emplace(disk, *catalogue, options, std::move(recovery.position));
        committed = log->next_sequence() - 1;
    }

    /// One commit of several events: "a" goes to changes, "~a" to evaluations.
    journal::Log::Outcome commit(const std::vector<std::string>& texts, Time when = noon) {
        std::deque<Sent> sent;
        std::vector<journal::Append*> appends;
        for (const auto& text : texts)
            appends.push_back(
                &sent.emplace_back(text, text.starts_with('~') ? Family::evaluations : Family::changes, when));
        auto result = log->commit(appends);
        why = result.why;
        if (result.outcome == journal::Log::Outcome::stored) {
            for (const auto& one : sent) acknowledged.push_back(one.bytes);
            committed = log->next_sequence() - 1;
            last_batch = result.batch;
        }
        return result.outcome;
    }
    bool stored(const std::vector<std::string>& texts, Time when = noon) {
        return commit(texts, when) == journal::Log::Outcome::stored;
    }

    /// The bodies of everything that is there, in order; also checks that sequences rise.
    std::vector<std::string> contents(std::uint64_t after = 0) {
        const journal::RecentBatches none(0);
        journal::MergingReader reader(disk, *catalogue, none, committed);
        std::vector<std::string> bodies;
        sequences.clear();
        for (;;) {
            const auto entries = reader.next(after, 7, 1 << 20).value();
            if (entries.empty()) return bodies;
            for (const auto& entry : entries) {
                EXPECT_GT(entry.sequence, after);
                after = entry.sequence;
                sequences.push_back(after);
                bodies.emplace_back(entry.body);
                EXPECT_EQ(entry.id, content_id(entry.body));
                EXPECT_EQ(entry.family, entry.body.starts_with('~') ? Family::evaluations : Family::changes);
            }
        }
    }
    bool is_gapless() const {
        for (std::size_t i = 1; i < sequences.size(); ++i)
            if (sequences[i] != sequences[i - 1] + 1) return false;
        return true;
    }
    std::string newest(std::string_view family) const { return disk.names(family).back(); }

    MemoryDisk disk;
    journal::Log::Options options;
    std::unique_ptr<journal::Catalogue> catalogue;
    journal::Recovery recovery;
    std::optional<journal::Log> log;
    std::atomic<std::uint64_t> committed{0};
    std::uint64_t settled = 0;
    std::string why;
    std::vector<std::string> acknowledged;
    std::vector<std::uint64_t> sequences;
    std::shared_ptr<const journal::Batch> last_batch;
};

} // namespace webhookd::test
