#include "fuzz/decode_harness.hpp"

#include <cstdio>
#include <cstdlib>

/// Any body through the decoder, the formats and redaction.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static webhookd::event::DecodeHarness harness(WEBHOOKD_TEST_DATA "/published_document.json");
    const auto complaint = harness.complaint({reinterpret_cast<const char*>(data), size});
    if (complaint.empty()) return 0;
    std::fprintf(stderr, "%s\n", complaint.c_str());
    std::abort();
}
