#include "webhookd/runtime/continuation.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace webhookd::runtime {
namespace {

struct Counts {
    int alive = 0; // handlers, those that were moved from too
    int calls = 0;
};

/// As a coroutine's handler it can be moved, not copied.
class Counted {
public:
    explicit Counted(Counts& counts) noexcept : counts_(&counts) { ++counts_->alive; }
    Counted(Counted&& other) noexcept : counts_(other.counts_) { ++counts_->alive; }
    ~Counted() { --counts_->alive; }
    void operator()() const noexcept { ++counts_->calls; }

private:
    Counts* counts_;
};

TEST(Continuation, CallsItsHandlerOnceAndKeepsNothingOfIt) {
    Counts counts;
    {
        Continuation continuation;
        continuation.set(Counted(counts));
        EXPECT_EQ(counts.calls, 0);
        EXPECT_EQ(counts.alive, 1);
        continuation();
        EXPECT_EQ(counts.alive, 0);
    }
    EXPECT_EQ(counts.calls, 1);
    EXPECT_EQ(counts.alive, 0) << "destroyed twice";
}

TEST(Continuation, DestroysAHandlerThatWasNeverCalled) {
    Counts counts;
    {
        Continuation continuation;
        continuation.set(Counted(counts));
    }
    EXPECT_EQ(counts.alive, 0);
    EXPECT_EQ(counts.calls, 0);
}

TEST(Continuation, DestroysAHandlerThatAnotherReplaces) {
    Counts first, second;
    Continuation continuation;
    continuation.set(Counted(first));
    continuation.set(Counted(second));
    EXPECT_EQ(first.alive, 0);
    continuation();
    EXPECT_EQ(first.calls, 0);
    EXPECT_EQ(second.calls, 1);
}

TEST(Continuation, MayGetItsNextHandlerFromTheOneThatItCalls) {
    Counts first, second;
    Continuation continuation;
    continuation.set([&continuation, &second, handler = Counted(first)] {
        continuation.set(Counted(second));
        handler();
    });
    continuation();
    EXPECT_EQ(first.calls, 1);
    EXPECT_EQ(first.alive, 0);
    EXPECT_EQ(second.calls, 0);
    continuation();
    EXPECT_EQ(second.calls, 1);
    EXPECT_EQ(second.alive, 0);
}

/// It lives in the frame of the coroutine that goes on, which may end thereby.
TEST(Continuation, MayBeDestroyedByTheHandlerThatItCalls) {
    Counts counts;
    alignas(Continuation) std::byte frame[sizeof(Continuation)];
    auto& continuation = *::new (static_cast<void*>(frame)) Continuation;
    continuation.set([&continuation, &frame, handler = Counted(counts)] {
        continuation.~Continuation();
        std::memset(frame, 0, sizeof frame); // somebody else's now
        handler();
    });
    continuation();
    EXPECT_EQ(counts.calls, 1);
    EXPECT_EQ(counts.alive, 0);
}

} // namespace
} // namespace webhookd::runtime
