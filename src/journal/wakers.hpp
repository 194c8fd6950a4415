#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace webhookd::journal {

/// Whoever wants to know of commits. Destroying a handle waits for a call of its function that is under way, so that
/// nothing the function refers to needs to live longer than the handle.
class Wakers {
public:
    std::shared_ptr<void> add(std::function<void()> wake) {
        auto waker = std::make_shared<Waker>();
        waker->wake = std::move(wake);
        {
            const std::lock_guard lock(mutex_);
            std::erase_if(wakers_, [](const auto& other) { return other.expired(); });
            wakers_.push_back(waker);
        }
        auto* const handle = waker.get();
        return {handle, [waker = std::move(waker)](void*) {
                    const std::lock_guard lock(waker->mutex);
                    waker->wake = nullptr;
                }};
    }

    void wake_all() {
        std::vector<std::shared_ptr<Waker>> alive;
        {
            const std::lock_guard lock(mutex_);
            for (const auto& waker : wakers_)
                if (auto one = waker.lock()) alive.push_back(std::move(one));
        }
        for (const auto& waker : alive) {
            const std::lock_guard lock(waker->mutex);
            if (waker->wake) waker->wake();
        }
    }

private:
    struct Waker {
        std::mutex mutex;
        std::function<void()> wake;
    };
    std::mutex mutex_;
    std::vector<std::weak_ptr<Waker>> wakers_;
};

} // namespace webhookd::journal
