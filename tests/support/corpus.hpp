#pragma once

#include "support/data.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace webhookd {

/// Every file that the fuzzer found worth keeping, through what it checks; none of them may be complained of.
template <class Complaint>
void replay_corpus(const std::string& name, Complaint complaint) {
    int replayed = 0;
    const auto folder = "../fuzz/corpus/" + name + "/";
    for (const auto& file : std::filesystem::directory_iterator(WEBHOOKD_TEST_DATA "/" + folder)) {
        EXPECT_EQ(complaint(test_data(folder + file.path().filename().string())), "") << file.path();
        ++replayed;
    }
    EXPECT_GT(replayed, 0);
}

} // namespace webhookd
