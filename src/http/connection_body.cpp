// How a connection receives the body of a request.
#include "http/connection.hpp"
#include "http/intake.hpp"

#include <algorithm>

namespace webhookd::http {
namespace {

constexpr std::size_t first_body = 64 << 10;  // a large body's buffer grows by doubling from here
constexpr std::size_t chunk_window = 8 << 10; // one chunk's size line, or all trailers, must fit

} // namespace

/// Into input_ behind the head where there is room, else into body_. False where the connection is over.
Task<bool> Connection::receive_body(std::uint64_t max_body) {
    auto& parser = *parser_;
    const std::size_t head_size = parser.head_size();
    if (parser.expects_continue() && input_.size() == head_size) {
        auto line = continue_line;
        if (stream_.send(line)) co_return false;
        unsent_ = line;
        if (!unsent_.empty()) {
            const bool is_sent = co_await flush();
            if (!is_sent) co_return false;
        }
    }
    enter(Phase::body);
    inflight_.started = since_;
    inflight_.received.store(input_.size() - head_size, std::memory_order_relaxed);
    inflight_.is_complete.store(false, std::memory_order_relaxed);
    inflight_.is_given_up.store(false, std::memory_order_relaxed);
    if (parser.is_chunked()) co_return co_await receive_chunks(max_body);

    const std::uint64_t length = *parser.head().content_length;
    const auto so_far = input_.view().substr(head_size);
    if (length - so_far.size() <= input_.room().size()) {
        while (input_.size() < head_size + length) {
            const auto [error, n] = co_await stream_.read(input_.room());
            if (error || end_ != End::none) co_return co_await give_up();
            input_.commit(n);
            inflight_.received.store(input_.size() - head_size, std::memory_order_relaxed);
        }
        co_return true;
    }
    body_.reserve(std::min<std::size_t>(length, first_body));
    body_.append(so_far);
    input_.truncate(head_size);
    while (body_.size() < length) {
        if (body_.room().empty()) body_.reserve(std::min<std::size_t>(length, 2 * body_.capacity()));
        charge_body();
        const auto missing = static_cast<std::size_t>(length) - body_.size();
        const auto room = body_.room();
        const auto [error, n] = co_await stream_.read(room.first(std::min(room.size(), missing)));
        if (error || end_ != End::none) co_return co_await give_up();
        body_.commit(n);
        inflight_.received.store(body_.size(), std::memory_order_relaxed);
    }
    inflight_.is_complete.store(true, std::memory_order_relaxed);
    co_return true;
}

/// The head stays where it is; the chunks pass through a window of their own.
Task<bool> Connection::receive_chunks(std::uint64_t max_body) {
    auto& parser = *parser_;
    chunks_.reserve(chunk_window);
    chunks_.append(input_.view().substr(parser.head_size()));
    input_.truncate(parser.head_size());
    for (;;) {
        if (!chunks_.empty()) {
            std::size_t used = 0;
            const auto step = parser.read_chunks(chunks_.view(), used, body_, max_body);
            chunks_.consume(used);
            if (step == RequestParser::Step::refused) co_return co_await refuse(parser.why());
            if (step == RequestParser::Step::done) break;
            chunks_.compact();
            if (chunks_.room().empty()) co_return co_await refuse(Refusal::header_too_large);
        }
        charge_body();
        const auto [error, n] = co_await stream_.read(chunks_.room());
        if (error || end_ != End::none) co_return co_await give_up();
        chunks_.commit(n);
        inflight_.received.fetch_add(n, std::memory_order_relaxed);
    }
    inflight_.is_complete.store(true, std::memory_order_relaxed);
    co_return true;
}

/// A request that is answered at its head may be malformed further on: what is here of its chunks already is read,
/// without waiting for more. Malformed HTTP is told from a request that is only not welcome, and whole chunks let the
/// connection live on.
std::optional<Refusal> Connection::look_at_chunks(bool& are_whole) {
    auto& parser = *parser_;
    chunks_.reserve(chunk_window);
    chunks_.append(input_.view().substr(parser.head_size()));
    input_.truncate(parser.head_size());
    for (std::size_t looked_at = 0; looked_at < most_drained;) {
        std::size_t used = 0;
        const auto step =
            chunks_.empty() ? RequestParser::Step::more : parser.read_chunks(chunks_.view(), used, body_, most_drained);
        chunks_.consume(used);
        are_whole = step == RequestParser::Step::done;
        if (step == RequestParser::Step::refused) return parser.why();
        if (are_whole) break;
        chunks_.compact();
        if (chunks_.room().empty()) return Refusal::header_too_large;
        const auto n = stream_.read_now(chunks_.room());
        if (n == 0) break;
        chunks_.commit(n);
        looked_at += n;
    }
    return std::nullopt;
}

/// What a large body has come to occupy counts towards max_inflight.
void Connection::charge_body() {
    if (body_.capacity() <= std::max<std::size_t>(kept_body, inflight_.charged)) return;
    if (!inflight_.is_linked()) shared_.inflight.enter(inflight_);
    shared_.inflight.charge(inflight_, body_.capacity() - inflight_.charged);
}

} // namespace webhookd::http
