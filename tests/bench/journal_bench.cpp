// The store alone: events of 1.2 kB, 64 in flight, each appended again as soon as it is durable; beside it the same
// bytes in the same batches appended and synced by hand. CPU is that of the whole process.

#include "support/temporary_directory.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/journal/journal.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <unistd.h>
#include <vector>

namespace webhookd::journal {
namespace {

constexpr std::size_t in_flight = 64;
constexpr std::size_t body_bytes = 1200;
constexpr std::size_t attribute_bytes = 150;

std::filesystem::path place() {
    const char* const wanted = std::getenv("BENCH_DIRECTORY");
    return wanted ? wanted : std::filesystem::temp_directory_path();
}

/// Sixty-four senders in one: what is durable is sent again until enough were.
class Load {
public:
    Load(Journal& journal, Family family) : journal_(journal) {
        AttributeWriter writer;
        writer.add(Attribute::type, "com.flagsmith.flag.updated");
        writer.add(Attribute::endpoint, "environment");
        writer.add(Attribute::flag, std::string(attribute_bytes - 62, 'f'));
        attributes_ = writer.bytes();
        for (std::size_t i = 0; i < in_flight; ++i) {
            auto& slot = slots_.emplace_back();
            slot.load = this;
            slot.text = std::string(body_bytes, static_cast<char>('a' + i % 26));
            slot.family = family;
            slot.attributes = attributes_;
            slot.body = slot.text;
            slot.endpoint = "environment";
            slot.duplicate_window = std::chrono::hours{24};
            slot.complete = [](Append& append) noexcept {
                auto& self = static_cast<Slot&>(append);
                self.load->came_back(self);
            };
        }
    }

    void run(std::uint64_t events) {
        left_ = events;
        flying_ = 0;
        for (auto& slot : slots_)
            if (send(slot)) ++flying_;
        std::unique_lock lock(mutex_);
        done_.wait(lock, [&] { return flying_ == 0; });
    }

private:
    struct Slot : Append {
        Load* load = nullptr;
        std::string text;
    };
    bool send(Slot& slot) {
        if (left_.fetch_sub(1) <= 0) return false;
        ++number_;
        slot.received = now();
        slot.id = slot.family == Family::evaluations ? receipt_id(slot.received) : EventId{};
        if (slot.family == Family::changes) { // a content id without the cost of the hash, which is the intake's
            std::memcpy(slot.id.bytes.data() + 8, &number_, sizeof number_);
            slot.id.bytes[6] = 0x80;
        }
        journal_.append(slot);
        return true;
    }
    void came_back(Slot& slot) {
        if (slot.status != AppendStatus::stored) std::abort();
        if (send(slot)) return;
        const std::lock_guard lock(mutex_);
        if (--flying_ == 0) done_.notify_all();
    }

    Journal& journal_;
    std::string attributes_;
    std::deque<Slot> slots_;
    std::atomic<std::int64_t> left_{0};
    std::uint64_t number_ = 0;
    std::mutex mutex_;
    std::condition_variable done_;
    std::size_t flying_ = 0;
};

/// What the commits of the last run of `store` held, for the loop that does the same by hand.
std::vector<CommitReport> last_commits;

void store(benchmark::State& state, Family family, Settings::Sync sync) {
    const test::TemporaryDirectory directory(place());
    Settings settings;
    settings.directory = directory.path() / "store";
    settings.sync = sync;
    settings.changes = settings.evaluations = {std::chrono::hours{24}, ByteSize{4u << 30}};
    std::vector<CommitReport> commits;
    auto journal = Journal::open(
        settings, [](const std::string&) { std::abort(); },
        [&](const CommitReport& report) { commits.push_back(report); });
    Load load(*journal, family);
    constexpr std::uint64_t round = 20'000;
    std::uint64_t events = 0;
    for (auto _ : state) {
        load.run(round);
        events += round;
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
    journal.reset();
    state.counters["events/commit"] = static_cast<double>(events) / static_cast<double>(commits.size());
    last_commits = std::move(commits);
}
BENCHMARK_CAPTURE(store, evaluations, Family::evaluations, Settings::Sync::full)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

/// The limit: one pwrite and one fdatasync for each commit of the run before this one, of as many bytes.
void append_and_sync(benchmark::State& state) {
    if (last_commits.empty()) return state.SkipWithError("needs a run of store before it");
    const test::TemporaryDirectory directory(place());
    const FileDescriptor file(::open((directory.path() / "plain").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    const std::string bytes(std::max_element(last_commits.begin(), last_commits.end(),
                                             [](const auto& a, const auto& b) { return a.bytes < b.bytes; })
                                ->bytes,
                            'x');
    off_t at = 0;
    std::size_t events = 0, turn = 0;
    for (auto _ : state) {
        const auto& commit = last_commits[turn++ % last_commits.size()];
        if (::pwrite(file.get(), bytes.data(), commit.bytes, at) < 0) std::abort();
        at += static_cast<off_t>(commit.bytes);
        if (::fdatasync(file.get()) != 0) std::abort();
        events += commit.events;
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
    state.counters["events/commit"] = static_cast<double>(events) / static_cast<double>(state.iterations());
}
BENCHMARK(append_and_sync)->Name("append_and_sync/evaluations")->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(store, changes, Family::changes, Settings::Sync::full)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(append_and_sync)->Name("append_and_sync/changes")->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(store, evaluations_without_sync, Family::evaluations, Settings::Sync::normal)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

} // namespace
} // namespace webhookd::journal
