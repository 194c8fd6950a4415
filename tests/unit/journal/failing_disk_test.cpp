#include "unit/journal/scripted_life.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace webhookd::test {
namespace {

using journal::Log;
using Call = MemoryDisk::Call;

constexpr std::array all_calls{Call::write, Call::sync, Call::truncate, Call::open, Call::remove, Call::sync_directory};

/// The disk fails at every place of a scripted life, one after the other.
class FailingDisk : public testing::Test {
protected:
    FailingDisk() { spdlog::set_level(spdlog::level::off); } // what is broken on purpose is not told
    ~FailingDisk() override { spdlog::set_level(spdlog::level::info); }

    static Log::Options options(bool with_zeros_ahead) {
        Log::Options small;
        small.segment_bytes = {600, 700};
        small.most_ahead = with_zeros_ahead ? 1000 : 0;
        return small;
    }
};

TEST_F(FailingDisk, APowerCutBehindAnyCallLosesNothingAcknowledged) {
    std::size_t cuts = 0;
    for (const auto call : all_calls)
        for (std::size_t nth = 0, reached = 1; reached > 0; ++nth) {
            reached = 0;
            for (const unsigned ragged : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u}) {
                MemoryDisk disk;
                ScriptedLife life(disk, options(ragged % 2 == 1));
                disk.stop_behind(call, nth);
                life.run();
                if (disk.calls(call) <= nth) continue;
                ++reached;
                std::mt19937 random(static_cast<unsigned>(nth) * 8 + ragged);
                if (ragged < 2)
                    disk.cut_power();
                else
                    disk.cut_power_raggedly(random);
                ASSERT_EQ(life.complaint(), "") << "call " << static_cast<int>(call) << " " << nth << ", " << ragged;
            }
            cuts += reached;
        }
    EXPECT_GT(cuts, 800u);
}

TEST_F(FailingDisk, WithSyncNormalThoseCutsDoLoseEvents) {
    std::size_t cuts = 0, lost = 0;
    for (std::size_t nth = 0;; ++nth, ++cuts) {
        MemoryDisk disk;
        auto unsafe = options(false);
        unsafe.sync = journal::Settings::Sync::normal;
        ScriptedLife life(disk, unsafe);
        disk.stop_behind(Call::write, nth);
        life.run();
        if (disk.calls(Call::write) <= nth) break;
        disk.cut_power();
        if (life.complaint().ends_with("is lost")) ++lost;
    }
    EXPECT_GT(lost, cuts / 2) << "else the test above proves nothing";
}

TEST_F(FailingDisk, AnErrorOfAnyCallLosesNothingAcknowledged) {
    enum class Then { process_ends, power_goes, power_goes_raggedly };
    std::size_t survived = 0, ended = 0;
    for (const auto call : all_calls)
        for (std::size_t nth = 0, reached = 1; reached > 0; ++nth) {
            reached = 0;
            for (const int error : {EIO, ENOSPC})
                for (const bool once : {true, false})
                    for (const bool forgets : {false, true})
                        for (const auto then : {Then::process_ends, Then::power_goes, Then::power_goes_raggedly}) {
                            MemoryDisk disk;
                            disk.forget_what_failed(forgets);
                            ScriptedLife life(disk, options(nth % 2 == 1));
                            if (once)
                                disk.fail_once(call, nth, error);
                            else
                                disk.fail(call, nth, error);
                            const bool is_untouched = life.run();
                            if (disk.calls(call) <= nth) continue;
                            ++reached;
                            ++(is_untouched ? survived : ended);
                            std::mt19937 random(static_cast<unsigned>(nth));
                            disk.mend();
                            if (then == Then::power_goes) disk.cut_power();
                            if (then == Then::power_goes_raggedly) disk.cut_power_raggedly(random);
                            ASSERT_EQ(life.complaint(), "")
                                << "call " << static_cast<int>(call) << " " << nth << " error " << error
                                << (once ? " once" : "") << (forgets ? " forgotten" : "") << ", then "
                                << static_cast<int>(then);
                        }
        }
    EXPECT_GT(survived, 500u); // no room, and what is only told
    EXPECT_GT(ended, 500u);
}

TEST_F(FailingDisk, NothingOfTheScriptIsLeftOutOnASoundOne) {
    MemoryDisk disk;
    ScriptedLife life(disk, options(true));
    EXPECT_TRUE(life.run());
    EXPECT_EQ(life.errors(), 0u);
    EXPECT_GT(disk.calls(Call::remove), 3u) << "retention";
    EXPECT_GT(disk.calls(Call::truncate), 3u) << "segments are closed";
    EXPECT_GT(disk.names("changes").size(), 1u);
    EXPECT_EQ(life.complaint(), "");
}

} // namespace
} // namespace webhookd::test
