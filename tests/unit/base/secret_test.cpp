#include "webhookd/base/secret.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace webhookd {
namespace {

static_assert(!std::is_convertible_v<Secret, std::string>, "a secret must be revealed by name");
static_assert(!std::is_convertible_v<Secret, std::string_view>, "a secret must be revealed by name");

TEST(Secrets, AreEmptyAfterTheyWereMoved) {
    Secret a(std::string("short"));
    const Secret b(std::move(a));
    EXPECT_TRUE(a.empty()); // NOLINT(bugprone-use-after-move): what is left behind is the point
    EXPECT_EQ(b.reveal(), "short");
}

} // namespace
} // namespace webhookd
