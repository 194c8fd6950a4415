#include "fuzz/signature_harness.hpp"
#include "support/corpus.hpp"

namespace webhookd::verify {
namespace {

TEST(Corpus, SignaturesOfTheFuzzerHold) {
    replay_corpus("signature", signature_complaint);
}

} // namespace
} // namespace webhookd::verify
