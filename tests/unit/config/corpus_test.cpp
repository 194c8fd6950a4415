#include "fuzz/configuration_harness.hpp"
#include "support/corpus.hpp"

namespace webhookd::config {
namespace {

TEST(Corpus, ConfigurationsOfTheFuzzerHold) {
    replay_corpus("configuration", configuration_complaint);
}

} // namespace
} // namespace webhookd::config
