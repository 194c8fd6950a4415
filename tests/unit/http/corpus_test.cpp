#include "fuzz/request_harness.hpp"
#include "support/corpus.hpp"

namespace webhookd::http {
namespace {

TEST(Corpus, RequestsOfTheFuzzerHold) {
    replay_corpus("request", request_complaint);
}

TEST(Corpus, ProxyHeadersOfTheFuzzerHold) {
    replay_corpus("proxy_header", proxy_header_complaint);
}

} // namespace
} // namespace webhookd::http
