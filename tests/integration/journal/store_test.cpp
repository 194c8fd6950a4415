#include "support/journal_fixture.hpp"

#include <gmock/gmock.h>

#include <optional>
#include <random>

namespace webhookd::test {
namespace {

using journal::Page;
using journal::Query;
using journal::Store;
using testing::ElementsAre;
using testing::IsEmpty;

class StoreTest : public JournalFixture {
protected:
    StoreTest() { settings.segment = ByteSize{20'000}; }

    void change(const std::string& flag, const std::string& actor, const std::string& changed = "enabled",
                const std::string& environment = "Production", Time when = noon) {
        Event event("{\"flag\":\"" + flag + "\",\"n\":" + std::to_string(++number_) + "}", Family::changes,
                    {{Attribute::flag, flag},
                     {Attribute::actor, actor},
                     {Attribute::changed, changed},
                     {Attribute::environment, environment}});
        ASSERT_EQ(append(event.at(when)), journal::AppendStatus::stored);
        last_id = event.id;
    }
    void evaluation(const std::string& identity, Time when = noon) {
        Event event("{\"identity\":\"" + identity + "\",\"n\":" + std::to_string(++number_) + "}", Family::evaluations,
                    {{Attribute::identity, identity}});
        ASSERT_EQ(append(event.at(when)), journal::AppendStatus::stored);
        last_id = event.id;
    }

    static Query where(Attribute attribute, std::vector<std::string> patterns) {
        Query query;
        query.match.push_back({attribute, std::move(patterns)});
        return query;
    }
    static std::vector<std::uint64_t> sequences(const Page& page) {
        std::vector<std::uint64_t> found;
        for (const auto& event : page.events) found.push_back(event.sequence);
        return found;
    }
    /// All pages of a query, from the journal's own process, and the same from outside.
    std::vector<std::uint64_t> find(const Query& query) {
        const auto inside = find_in(journal->store(), query);
        EXPECT_EQ(find_in(*Store::open(settings.directory), query), inside) << "from outside";
        return inside;
    }
    static std::vector<std::uint64_t> find_in(Store& store, Query query) {
        std::vector<std::uint64_t> found;
        for (int pages = 0; pages < 10'000; ++pages) {
            const auto page = store.find(query).value();
            for (const auto sequence : sequences(page)) found.push_back(sequence);
            if (page.next == 0) return found;
            query.after = page.next;
        }
        ADD_FAILURE() << "pages without end";
        return found;
    }

    EventId last_id;

private:
    int number_ = 0;
};

TEST_F(StoreTest, FindsByAttributesAndPatterns) {
    open();
    change("checkout_v2", "jane@example.com", "enabled,value");
    change("checkout_v3", "joe@example.com", "value");
    change("search", "jane@example.com", "enabled", "Staging");
    evaluation("user_1");
    EXPECT_THAT(find({}), ElementsAre(4, 3, 2, 1));
    EXPECT_THAT(find(where(Attribute::flag, {"checkout_*"})), ElementsAre(2, 1));
    EXPECT_THAT(find(where(Attribute::flag, {"search", "checkout_v2"})), ElementsAre(3, 1));
    EXPECT_THAT(find(where(Attribute::actor, {"jane@example.com"})), ElementsAre(3, 1));
    EXPECT_THAT(find(where(Attribute::changed, {"value"})), ElementsAre(2, 1));
    EXPECT_THAT(find(where(Attribute::environment, {"S*"})), ElementsAre(3));
    EXPECT_THAT(find(where(Attribute::type, {"identity.*"})), ElementsAre(4));
    EXPECT_THAT(find(where(Attribute::type, {"com.flagsmith.flag.updated"})), ElementsAre(3, 2, 1));
    EXPECT_THAT(find(where(Attribute::identity, {"user_?"})), ElementsAre(4)) << "an attribute that is not indexed";
    EXPECT_THAT(find(where(Attribute::flag, {"none"})), IsEmpty());
    auto both = where(Attribute::actor, {"jane*"});
    both.match.push_back({Attribute::changed, {"value"}});
    EXPECT_THAT(find(both), ElementsAre(1));
    both.newest_first = false;
    both.match.pop_back();
    EXPECT_THAT(find(both), ElementsAre(1, 3));
}

TEST_F(StoreTest, GivesBackWhatWasStored) {
    open();
    change("checkout", "jane@example.com");
    const auto page = journal->store().find({}).value();
    ASSERT_EQ(page.events.size(), 1u);
    const auto& event = page.events.front();
    EXPECT_EQ(event.body, "{\"flag\":\"checkout\",\"n\":1}");
    EXPECT_EQ(event.received, noon);
    EXPECT_EQ(event.id, content_id(event.body));
    EXPECT_EQ(event.entry().attributes.get(Attribute::actor), "jane@example.com");
    EXPECT_EQ(event.family, Family::changes);
}

TEST_F(StoreTest, FindsByTimeOfReceipt) {
    open();
    for (int hour = 0; hour < 6; ++hour) {
        change("checkout", "jane@example.com", "enabled", "Production", noon + hour * 1h);
        evaluation("user", noon + hour * 1h);
    }
    Query query;
    query.since = noon + 4h;
    EXPECT_THAT(find(query), ElementsAre(12, 11, 10, 9));
    query.until = noon + 5h;
    EXPECT_THAT(find(query), ElementsAre(10, 9));
    query.since.reset();
    query.until = noon + 1h;
    EXPECT_THAT(find(query), ElementsAre(2, 1));
}

TEST_F(StoreTest, AStepOfTheClockHidesNothing) {
    open();
    change("a", "jane@example.com", "enabled", "Production", noon);
    change("b", "jane@example.com", "enabled", "Production", noon - 3h);
    evaluation("user", noon - 3h);
    change("c", "jane@example.com", "enabled", "Production", noon + 1h);
    Query query;
    query.until = noon - 1h;
    EXPECT_THAT(find(query), ElementsAre(3, 2));
    query.until.reset();
    query.since = noon;
    EXPECT_THAT(find(query), ElementsAre(4, 1));
}

TEST_F(StoreTest, FindsByIds) {
    open();
    change("a", "jane@example.com");
    const auto change_id = last_id;
    for (int i = 0; i < 50; ++i) evaluation("user", noon + i * 1min);
    const auto evaluation_id = last_id;
    change("b", "jane@example.com");
    Query query;
    query.ids = {change_id, evaluation_id};
    EXPECT_THAT(find(query), ElementsAre(51, 1));
    query.ids = {content_id("never seen")};
    EXPECT_THAT(find(query), IsEmpty());
    query.ids = {receipt_id(noon)};
    EXPECT_THAT(find(query), IsEmpty());
    journal.reset();
    std::filesystem::remove(settings.directory / "index.db");
    query.ids = {change_id, evaluation_id};
    EXPECT_THAT(find_in(*Store::open(settings.directory), query), ElementsAre(51, 1)) << "without an index";
}

TEST_F(StoreTest, AnyQueryAgreesWithLookingAtEveryEvent) {
    open();
    std::mt19937 random(11);
    const auto pick = [&](const char* const prefix, unsigned many) { return prefix + std::to_string(random() % many); };
    struct Known {
        std::uint64_t sequence;
        Time received;
        std::string attributes;
    };
    std::vector<Known> all;
    std::deque<Event> events;
    for (int i = 0; i < 1500; ++i) {
        const bool is_change = random() % 3 == 0;
        auto& event =
            is_change
                ? events.emplace_back("c" + std::to_string(i), Family::changes,
                                      Event::Values{{Attribute::flag, pick("flag", 20)},
                                                    {Attribute::actor, pick("actor", 5)},
                                                    {Attribute::environment, pick("env", 3)},
                                                    {Attribute::changed, random() % 2 ? "enabled" : "enabled,value"}})
                : events.emplace_back(
                      "~e" + std::to_string(i), Family::evaluations,
                      Event::Values{{Attribute::identity, pick("user", 50)}, {Attribute::environment, pick("env", 4)}});
        event.at(noon + i * 1s + (random() % 20 == 0 ? -30s : 0s));
        journal->append(event);
        if (i % 50 == 49) event.wait();                    // a segment ends between two commits
        if (i == 1000) journal->store().figures().value(); // some summaries are made early
    }
    for (auto& event : events) {
        ASSERT_EQ(event.wait(), journal::AppendStatus::stored);
        all.push_back({event.sequence, event.received, event.kept});
    }
    ASSERT_GT(files("changes-").size(), 3u);
    ASSERT_GT(files("evaluations-").size(), 3u);

    for (int round = 0; round < 120; ++round) {
        Query query;
        if (random() % 2) query.match.push_back({Attribute::flag, {pick("flag", 25), pick("flag?", 3)}});
        if (random() % 4 == 0) query.match.push_back({Attribute::actor, {pick("actor", 6)}});
        if (random() % 3 == 0) query.match.push_back({Attribute::environment, {pick("env", 5), pick("env", 5)}});
        if (random() % 4 == 0) query.match.push_back({Attribute::changed, {"value"}});
        if (random() % 6 == 0) query.match = {{Attribute::identity, {pick("user", 60), "user1?"}}};
        if (random() % 6 == 0) query.match = {{Attribute::type, {random() % 2 ? "flag.*" : "identity.*"}}};
        if (random() % 3 == 0) query.since = noon + static_cast<int>(random() % 1500) * 1s;
        if (random() % 3 == 0) query.until = noon + static_cast<int>(random() % 1500) * 1s;
        query.newest_first = random() % 2;
        query.limit = 1 + random() % 40;
        query.most_read = random() % 2 ? 1 : 256u << 20;

        std::vector<std::uint64_t> expected;
        for (const auto& known : all)
            if (fits(query.match, AttributeView(known.attributes)) &&
                (!query.since || known.received >= *query.since) && (!query.until || known.received < *query.until))
                expected.push_back(known.sequence);
        if (query.newest_first) std::reverse(expected.begin(), expected.end());
        const auto found = find_in(journal->store(), query);
        ASSERT_EQ(found, expected) << "round " << round;
        if (round % 10 == 0) {
            ASSERT_EQ(find_in(*Store::open(settings.directory), query), expected) << "from outside, round " << round;
        }
    }
    // The next process has the index and the summaries, the one after it has nothing.
    open();
    EXPECT_EQ(find(where(Attribute::flag, {"flag1*"})).size(),
              find_in(journal->store(), where(Attribute::flag, {"flag1*"})).size());
    const auto with_index = find(where(Attribute::flag, {"flag1*"}));
    journal.reset();
    for (const auto& name : files("index.db")) std::filesystem::remove(settings.directory / name);
    EXPECT_EQ(find_in(*Store::open(settings.directory), where(Attribute::flag, {"flag1*"})), with_index);
}

TEST_F(StoreTest, LookingFromOutsideChangesNothing) {
    open();
    for (int i = 0; i < 30; ++i) change("checkout", "jane@example.com");
    journal.reset();
    const auto state = [&] {
        std::map<std::string, std::string> all;
        for (const auto& name : files()) {
            const auto when = std::filesystem::last_write_time(settings.directory / name).time_since_epoch().count();
            all[name] = content(name) + std::to_string(when);
        }
        return all;
    };
    const auto before = state();
    const auto store = Store::open(settings.directory);
    EXPECT_EQ(find_in(*store, {}).size(), 30u);
    EXPECT_EQ(store->figures().value().families[0].events, 30u);
    EXPECT_TRUE(store->verify().value().damage.empty());
    EXPECT_EQ(state(), before);
}

TEST_F(StoreTest, FollowsADaemonFromOutside) {
    open();
    const auto store = Store::open(settings.directory);
    Query query;
    query.newest_first = false;
    for (int i = 0; i < 400; ++i) {
        change("checkout", "jane@example.com");
        if (i % 50 != 0) continue;
        const auto page = store->find(query).value();
        ASSERT_FALSE(page.events.empty());
        EXPECT_EQ(page.next, 0u);
        query.after = page.events.back().sequence;
        EXPECT_EQ(query.after, journal->committed());
    }
}

TEST_F(StoreTest, AnIndexThatCannotBeTrustedIsMadeAnew) {
    open();
    for (int i = 0; i < 50; ++i) change("checkout", "jane@example.com");
    journal.reset();
    std::ofstream(settings.directory / "index.db", std::ios::binary) << std::string(5000, 'x');
    open();
    change("search", "jane@example.com");
    EXPECT_EQ(find(where(Attribute::flag, {"checkout"})).size(), 50u);
    EXPECT_EQ(find(where(Attribute::flag, {"search"})).size(), 1u);
    EXPECT_EQ(fatal, "");
}

TEST_F(StoreTest, FiguresCountWhatIsThere) {
    open();
    for (int i = 0; i < 100; ++i) change("checkout", "jane@example.com", "enabled", "Production", noon + i * 1s);
    for (int i = 0; i < 300; ++i) evaluation("user", noon + i * 1s);
    journal::Quarantined bad;
    bad.id = content_id("bad");
    bad.body = "bad";
    const journal::Quarantined bodies[] = {bad};
    ASSERT_TRUE(journal->ledger().quarantine(bodies));
    for (auto* store : {&journal->store(), static_cast<Store*>(nullptr)}) {
        const auto outside = store ? nullptr : Store::open(settings.directory);
        const auto figures = (store ? *store : *outside).figures().value();
        EXPECT_EQ(figures.families[0].events, 100u);
        EXPECT_EQ(figures.families[1].events, 300u);
        EXPECT_EQ(figures.families[0].first_sequence, 1u);
        EXPECT_EQ(figures.families[0].last_sequence, 100u);
        EXPECT_EQ(figures.families[1].last_sequence, 400u);
        EXPECT_EQ(figures.families[1].oldest, noon);
        EXPECT_EQ(figures.families[1].newest, noon + 299s);
        EXPECT_EQ(figures.families[0].segments, files("changes-").size());
        EXPECT_EQ(figures.committed, 400u);
        EXPECT_EQ(figures.quarantine.count, 1u);
        ASSERT_TRUE(figures.holder);
        EXPECT_NE(figures.holder->find(std::to_string(::getpid())), std::string::npos);
    }
    journal.reset();
    EXPECT_FALSE(Store::open(settings.directory)->figures().value().holder);
}

TEST_F(StoreTest, WhatRetentionRemovedIsFoundNoMore) {
    settings.changes.keep = 1h;
    open();
    for (int i = 0; i < 200; ++i) change("old", "gone@example.com");
    for (int i = 0; i < 3; ++i) change("new", "jane@example.com", "enabled", "Production", noon + 3h);
    journal->set_retention_floor(1000);
    journal->apply_retention(noon + 3h);
    EXPECT_THAT(find(where(Attribute::flag, {"old"})), IsEmpty());
    EXPECT_EQ(find(where(Attribute::flag, {"*"})).size(), 3u);
}

// --- verify ---

class VerifyTest : public StoreTest {
protected:
    void flip(const std::string& name, std::uint64_t offset, int bit = 0) {
        std::fstream file(settings.directory / name, std::ios::binary | std::ios::in | std::ios::out);
        file.seekg(static_cast<std::streamoff>(offset));
        const char byte = static_cast<char>(file.get() ^ (1 << bit));
        file.seekp(static_cast<std::streamoff>(offset));
        file.put(byte);
    }
    /// Events hurt, by sequence.
    std::vector<std::uint64_t> hurt() {
        std::vector<std::uint64_t> found;
        for (const auto& damage : Store::open(settings.directory)->verify().value().damage) {
            EXPECT_EQ(damage.first_sequence, damage.last_sequence) << damage.what;
            if (damage.first_sequence != 0) found.push_back(damage.first_sequence);
        }
        return found;
    }
};

TEST_F(VerifyTest, EveryFlippedBitNamesTheEventItHurtsAndNoOther) {
    spdlog::set_level(spdlog::level::off);
    open();
    change("a", "jane@example.com");
    evaluation("user");
    change("b", "jane@example.com");
    evaluation("user");
    change("c", "jane@example.com");
    journal.reset();
    const auto good = Store::open(settings.directory)->verify().value();
    EXPECT_TRUE(good.damage.empty());
    EXPECT_EQ(good.events, 5u);

    const auto name = files("changes-").front();
    const auto bytes = content(name);
    // Where each event begins.
    std::vector<std::size_t> begins;
    for (auto at = bytes.find("FWE1"); at != std::string::npos; at = bytes.find("FWE1", at + 1)) begins.push_back(at);
    ASSERT_EQ(begins.size(), 3u);
    const std::uint64_t sequence_at[] = {1, 3, 5};
    for (std::size_t offset = 0; offset < bytes.size(); ++offset) {
        const auto begin = std::upper_bound(begins.begin(), begins.end(), offset);
        const bool is_in_header = begin == begins.begin() || offset < *std::prev(begin) + 64;
        if (!is_in_header && offset % 7 != 0) continue; // the content is one checksum
        const int bit = static_cast<int>(offset % 8);
        flip(name, offset, bit);
        const auto event = begin - begins.begin();
        if (event == 0)
            EXPECT_THAT(hurt(), IsEmpty()) << "byte " << offset;
        else
            EXPECT_THAT(hurt(), ElementsAre(sequence_at[event - 1])) << "byte " << offset;
        if (offset % 40 == 0) { // all others are served, also after a start
            open();
            EXPECT_GE(contents().size(), event == 0 ? 5u : 4u) << "byte " << offset;
            EXPECT_EQ(journal->committed(), 5u);
            journal.reset();
        }
        flip(name, offset, bit);
    }
    EXPECT_TRUE(Store::open(settings.directory)->verify().value().damage.empty());
    spdlog::set_level(spdlog::level::info);
}

TEST_F(VerifyTest, ALargeHoleIsNamedEventByEvent) {
    settings.segment = ByteSize{1u << 20};
    open();
    for (int i = 0; i < 20; ++i) {
        change("a", "jane@example.com");
        evaluation("user");
    }
    journal.reset();
    const auto name = files("changes-").front();
    std::string bytes = content(name);
    std::vector<std::size_t> begins;
    for (auto at = bytes.find("FWE1"); at != std::string::npos; at = bytes.find("FWE1", at + 1)) begins.push_back(at);
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(begins[4]),
              bytes.begin() + static_cast<std::ptrdiff_t>(begins[7]), 'x');
    std::ofstream(settings.directory / name, std::ios::binary) << bytes;
    EXPECT_THAT(hurt(), ElementsAre(9, 11, 13));
}

TEST_F(VerifyTest, WorksBesideADaemonThatWrites) {
    open();
    std::thread writer([&] {
        for (int i = 0; i < 300; ++i) change("a", "jane@example.com");
    });
    for (int i = 0; i < 5; ++i) EXPECT_THAT(hurt(), IsEmpty());
    writer.join();
    EXPECT_THAT(hurt(), IsEmpty());
    EXPECT_TRUE(journal->store().verify().value().damage.empty());
}

// --- backup ---

TEST_F(StoreTest, ABackupOpensAsAStoreWithEverythingInIt) {
    open();
    for (int i = 0; i < 100; ++i) {
        change("a", "jane@example.com");
        evaluation("user");
    }
    const journal::Settled cursor[] = {{"file", 150}};
    ASSERT_TRUE(journal->ledger().settle(cursor));
    const auto before = contents();
    const auto copy = directory.path() / "copy";
    Store::open(settings.directory)->backup(copy).value();
    EXPECT_FALSE(Store::open(settings.directory)->backup(copy)) << "never over something";
    settings.directory = copy;
    open();
    EXPECT_EQ(contents(), before);
    EXPECT_EQ(journal->ledger().lane("file").value()->settled, 150u);
    EXPECT_EQ(std::filesystem::status(copy).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(StoreTest, ABackupWhileEventsComeInIsGapless) {
    open();
    std::atomic<bool> is_enough{false};
    std::thread writer([&] {
        while (!is_enough) {
            change("a", "jane@example.com");
            evaluation("user");
        }
    });
    const auto original = settings.directory;
    std::vector<std::uint64_t> sizes;
    for (int i = 0; i < 5; ++i) {
        const auto committed = journal->committed();
        const auto copy = directory.path() / ("copy" + std::to_string(i));
        ASSERT_TRUE((i % 2 ? *Store::open(original) : journal->store()).backup(copy));
        auto elsewhere = settings;
        elsewhere.directory = copy;
        const auto opened = journal::Journal::open(elsewhere, {});
        EXPECT_GE(opened->committed(), committed);
        const auto reader = opened->reader();
        std::uint64_t at = 0;
        for (;;) {
            const auto entries = reader->next(at, 1000, 1 << 20).value();
            if (entries.empty()) break;
            for (const auto& entry : entries) ASSERT_EQ(entry.sequence, ++at);
        }
        EXPECT_EQ(at, opened->committed());
    }
    is_enough = true;
    writer.join();
}

} // namespace
} // namespace webhookd::test
