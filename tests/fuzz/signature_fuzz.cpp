#include "fuzz/signature_harness.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// Any value of the signature header, over any body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto complaint = webhookd::verify::signature_complaint({reinterpret_cast<const char*>(data), size});
    if (complaint.empty()) return 0;
    std::fprintf(stderr, "%s\n", complaint.c_str());
    std::abort();
}
