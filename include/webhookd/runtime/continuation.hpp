#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace webhookd::runtime {

/// What goes on when an operation of ours is complete: a completion handler of Asio's whose type need not be known.
/// Room for a coroutine's; allocates nothing. One that was never called is destroyed with it.
class Continuation {
public:
    Continuation() = default;
    ~Continuation() { reset(); }
    Continuation(const Continuation&) = delete;
    Continuation& operator=(const Continuation&) = delete;

    template <class Handler>
    void set(Handler handler) noexcept {
        static_assert(sizeof(Handler) <= sizeof room_ && alignof(Handler) <= alignof(std::max_align_t));
        static_assert(std::is_nothrow_move_constructible_v<Handler>);
        reset();
        ::new (static_cast<void*>(room_)) Handler(std::move(handler));
        use_ = [](void* room, bool call) {
            auto& there = *std::launder(static_cast<Handler*>(room));
            Handler taken(std::move(there)); // calling it may end the life of the continuation
            there.~Handler();
            if (call) std::move(taken)();
        };
    }

    /// Calls what was set, once.
    void operator()() { std::exchange(use_, nullptr)(room_, true); }

private:
    void reset() noexcept {
        if (use_) std::exchange(use_, nullptr)(room_, false);
    }

    alignas(std::max_align_t) std::byte room_[4 * sizeof(void*)];
    void (*use_)(void* room, bool call) = nullptr;
};

} // namespace webhookd::runtime
