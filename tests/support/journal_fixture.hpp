#pragma once

#include "support/temporary_directory.hpp"
#include "webhookd/journal/journal.hpp"
#include "webhookd/journal/ledger.hpp"
#include "webhookd/journal/store.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace webhookd::test {

using namespace std::chrono_literals;
using journal::Family;

inline constexpr Time noon{std::chrono::microseconds{1'795'000'000'000'000}};

/// An event that can be appended and waited for.
struct Event : journal::Append {
    using Values = std::map<Attribute, std::string>;

    explicit Event(std::string text, Family where = Family::changes, Values values = {}) : bytes(std::move(text)) {
        values.try_emplace(Attribute::type, where == Family::changes ? "com.flagsmith.flag.updated"
                                                                     : "com.flagsmith.identity.evaluated");
        values.try_emplace(Attribute::endpoint, "environment");
        AttributeWriter writer;
        for (const auto& [attribute, value] : values) writer.add(attribute, value);
        kept = writer.bytes();
        received = noon;
        family = where;
        id = where == Family::changes ? content_id(bytes) : receipt_id(received);
        attributes = kept;
        body = bytes;
        endpoint = "environment";
        duplicate_window = 24h;
        complete = [](Append& append) noexcept {
            auto& self = static_cast<Event&>(append);
            const std::lock_guard lock(self.mutex);
            self.is_done = true;
            self.done.notify_all();
        };
    }
    Event& at(Time when) {
        received = when;
        if (!id.from_content()) id = receipt_id(when);
        return *this;
    }
    journal::AppendStatus wait() {
        std::unique_lock lock(mutex);
        done.wait(lock, [&] { return is_done; });
        return status;
    }
    std::string bytes;
    std::string kept;
    std::mutex mutex;
    std::condition_variable done;
    bool is_done = false;
};

/// A journal in a directory of its own.
class JournalFixture : public testing::Test {
protected:
    JournalFixture() {
        settings.directory = directory.path() / "store";
        settings.changes = {24h * 30, ByteSize{1u << 30}};
        settings.evaluations = {24h, ByteSize{1u << 30}};
        settings.sync = journal::Settings::Sync::normal; // that syncing works is shown elsewhere, and it takes time
    }
    void open() {
        journal.reset();
        journal = journal::Journal::open(settings, [this](const std::string& why) { fatal = why; });
    }
    journal::AppendStatus append(Event& event) {
        journal->append(event);
        return event.wait();
    }
    journal::AppendStatus append(std::string text, Family family = Family::changes, Time when = noon) {
        Event event(std::move(text), family);
        return append(event.at(when));
    }
    std::vector<std::string> contents(std::uint64_t after = 0) {
        const auto reader = journal->reader();
        std::vector<std::string> bodies;
        for (;;) {
            const auto entries = reader->next(after, 100, 1 << 20).value();
            if (entries.empty()) return bodies;
            for (const auto& entry : entries) bodies.emplace_back(entry.body);
            after = entries.back().sequence;
        }
    }
    /// The same from the files alone.
    std::vector<std::string> stored_contents() {
        open();
        return contents();
    }
    std::vector<std::string> files(std::string_view beginning = "") const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(settings.directory))
            if (entry.path().filename().string().starts_with(beginning)) names.push_back(entry.path().filename());
        std::sort(names.begin(), names.end());
        return names;
    }
    std::string content(const std::string& name) const {
        std::ifstream file(settings.directory / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    /// Names of the files in which these bytes stand.
    std::vector<std::string> files_with(std::string_view bytes) const {
        std::vector<std::string> names;
        for (const auto& name : files())
            if (content(name).find(bytes) != std::string::npos) names.push_back(name);
        return names;
    }

    TemporaryDirectory directory;
    journal::Settings settings;
    std::string fatal;
    std::unique_ptr<journal::Journal> journal;
};

} // namespace webhookd::test
