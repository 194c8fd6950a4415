#include "fuzz/recovery_harness.hpp"
#include "support/corpus.hpp"

namespace webhookd::test {
namespace {

TEST(Corpus, StoresThatTheFuzzerDamagedHold) {
    replay_corpus("recovery", recovery_complaint);
}

} // namespace
} // namespace webhookd::test
