#include "http/buffer.hpp"

#include <algorithm>
#include <cstring>
#include <new>

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
    auto* const grown = static_cast<char*>(std::realloc(bytes_.get(), capacity + padding));
    if (!grown) throw std::bad_alloc();
    static_cast<void>(bytes_.release());
    bytes_.reset(grown);
    capacity_ = capacity;
}

void Buffer::release() noexcept {
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
}

} // namespace webhookd::http
