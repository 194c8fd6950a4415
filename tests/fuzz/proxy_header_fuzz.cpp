#include "fuzz/request_harness.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// Any bytes as a PROXY header.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto complaint = webhookd::http::proxy_header_complaint({reinterpret_cast<const char*>(data), size});
    if (complaint.empty()) return 0;
    std::fprintf(stderr, "%s\n", complaint.c_str());
    std::abort();
}
