#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

namespace webhookd::http {

/// Received bytes in one piece. Behind the capacity are always `padding` further readable bytes, so that a parser may
/// read in wide steps. Memory is not initialised and grows by realloc, which moves pages instead of bytes where they
/// are many.
class Buffer {
public:
    static constexpr std::size_t padding = 64;
    static constexpr std::size_t page = 4096; // a capacity of page - padding is one page of memory

    std::string_view view() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
    std::size_t size() const noexcept { return end_ - begin_; }
    bool empty() const noexcept { return begin_ == end_; }
    std::size_t capacity() const noexcept { return capacity_; }

    /// Where the next bytes go; valid until the next call of anything but commit.
    std::span<char> room() noexcept { return {bytes_.get() + end_, capacity_ - end_}; }
    void commit(std::size_t n) noexcept { end_ += n; }
    void consume(std::size_t n) noexcept {
        begin_ += n;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    void append(std::string_view bytes);
    /// Drops everything behind the first `n` bytes.
    void truncate(std::size_t n) noexcept { end_ = begin_ + n; }

    /// Moves what it holds to the front, so that the room is as large as can be.
    void compact() noexcept;
    /// Makes the capacity at least `capacity`; throws std::bad_alloc.
    void reserve(std::size_t capacity);
    /// Gives the memory back; only when empty.
    void release() noexcept;
    /// The same, but its room stays valid: memory comes back where something is received. Does nothing unless empty.
    void rest() noexcept;

private:
    struct Free {
        void operator()(char* bytes) const noexcept { std::free(bytes); }
    };
    std::unique_ptr<char[], Free> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

} // namespace webhookd::http
