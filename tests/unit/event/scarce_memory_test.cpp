#include "support/data.hpp"
#include "unit/event/decoding.hpp"

#include <gtest/gtest.h>

#include <new>

namespace {
thread_local bool is_scarce = false;
}

/// What simdjson asks for its memory with, and hardly anybody else. Replaces the library's for the whole program; the
/// memory is the usual one, so the usual operator takes it back.
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept try {
    return is_scarce ? nullptr : ::operator new[](bytes);
} catch (const std::bad_alloc&) {
    return nullptr;
}

namespace webhookd::event {
namespace {

TEST(Decoder, DecodesTheNextBodyAfterOneThatThereWasNoMemoryFor) {
    const Padded body(test_data("samples/environment-flag-updated.json"));
    const Padded large(std::string(1024 * 1024, ' ') + test_data("samples/environment-flag-updated.json"));
    Decoder decoder;
    ASSERT_EQ(decoder.decode(body.body(), {}).verdict, Decoded::Verdict::valid);
    is_scarce = true;
    EXPECT_THROW(decoder.decode(large.body(), {}), std::bad_alloc);
    EXPECT_THROW(decoder.decode(body.body(), {}), std::bad_alloc);
    is_scarce = false;
    EXPECT_EQ(decoder.decode(body.body(), {}).verdict, Decoded::Verdict::valid);
    EXPECT_EQ(decoder.decode(large.body(), {}).verdict, Decoded::Verdict::valid);
}

} // namespace
} // namespace webhookd::event
