#include "http/buffer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <sys/mman.h>

namespace webhookd::http {

void Buffer::append(std::string_view bytes) {
    if (bytes.empty()) return;
    if (bytes.size() > capacity_ - end_) reserve(std::max(end_ + bytes.size(), 2 * capacity_));
    std::memcpy(bytes_.get() + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
}

void Buffer::compact() noexcept {
    if (begin_ == 0) return;
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
}

void Buffer::reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    const bool is_page = !bytes_ && capacity + padding == page;
    auto* const grown =
        static_cast<char*>(is_page ? std::aligned_alloc(page, page) : std::realloc(bytes_.get(), capacity + padding));
    if (!grown) throw std::bad_alloc();
    static_cast<void>(bytes_.release());
    bytes_.reset(grown);
    capacity_ = capacity;
}

void Buffer::release() noexcept {
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
}

void Buffer::rest() noexcept {
    if (!empty() || !bytes_) return;
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes_.get());
    const auto first = (begin + page - 1) / page * page;
    const auto last = (begin + capacity_ + padding) / page * page;
    if (first < last) (void)::madvise(bytes_.get() + (first - begin), last - first, MADV_DONTNEED);
}

} // namespace webhookd::http
