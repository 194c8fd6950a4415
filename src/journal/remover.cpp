#include "journal/remover.hpp"

#include <algorithm>
#include <chrono>

#include <pthread.h>

namespace webhookd::journal {
namespace {

using namespace std::chrono_literals;

// 70 MB/s. ext4 frees so much within a millisecond.
constexpr std::uint64_t step_bytes = 2u << 20;
constexpr auto pause_between_steps = 30ms;

} // namespace

Remover::Remover(FileSystem& files) : files_(files), thread_([this] { work(); }) {}

Remover::~Remover() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

Io<> Remover::remove(const std::string& name) {
    auto file = files_.detach(name);
    if (!file) return file.error();
    if (!*file) return {}; // its last reader frees it
    const auto size = (*file)->size();
    if (!size || *size <= step_bytes) return {};
    const std::lock_guard lock(mutex_);
    waiting_.push_back({*std::move(file), *size});
    waiting_bytes_ += *size;
    wake_.notify_one();
    return {};
}

std::uint64_t Remover::waiting_bytes() {
    const std::lock_guard lock(mutex_);
    return waiting_bytes_;
}

void Remover::work() {
    ::pthread_setname_np(::pthread_self(), "remover");
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [&] { return is_stopping_ || !waiting_.empty(); });
        if (is_stopping_) return;
        auto removed = std::move(waiting_.front());
        waiting_.pop_front();
        while (removed.size > 0 && !is_stopping_) {
            const auto step = std::min(removed.size, step_bytes);
            removed.size -= step;
            lock.unlock();
            (void)removed.file->truncate(removed.size); // the last close frees what this does not
            lock.lock();
            waiting_bytes_ -= step;
            wake_.wait_for(lock, pause_between_steps, [&] { return is_stopping_; });
        }
    }
}

} // namespace webhookd::journal
