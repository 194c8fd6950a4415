#include "http/acceptor.hpp"

#include "http/intake.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace webhookd::http {
namespace {

using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

/// As many as are taken between two looks at everything else.
constexpr unsigned accept_batch = 16;
/// After an error, mostly: no file descriptors left.
constexpr Duration pause_after_error{100};

asio::ip::address address_of(const sockaddr_storage& peer) {
    if (peer.ss_family == AF_INET)
        return asio::ip::address_v4(ntohl(reinterpret_cast<const sockaddr_in&>(peer).sin_addr.s_addr));
    if (peer.ss_family != AF_INET6) return {};
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr, bytes.size());
    return unmapped(asio::ip::address_v6(bytes));
}

Task<> pause(Duration duration) {
    Timer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(use_result);
}

} // namespace

Acceptor::Acceptor(Shared& shared, std::vector<ListeningSocket> sockets, std::vector<std::unique_ptr<Intake>>& intakes)
    : shared_(shared), sockets_(std::move(sockets)), intakes_(intakes), port_(sockets_.front().port()),
      context_(intakes_.front()->context()), tasks_(context_.get_executor(), "accepting connections"),
      closing_(context_.get_executor(), "closing the door") {}

void Acceptor::start() {
    asio::post(context_, [this] {
        for (auto& socket : sockets_) tasks_.spawn(accept(socket));
    });
}

void Acceptor::close(std::promise<void> closed) {
    asio::post(context_, [this, closed = std::move(closed)]() mutable { closing_.spawn(finish(std::move(closed))); });
}

Task<> Acceptor::accept(ListeningSocket& socket) {
    // A polite stop ends the wait for a connection.
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    Descriptor descriptor(context_, socket.fd());
    while (!tasks_.is_stopping()) {
        const auto [error] = co_await descriptor.async_wait(Descriptor::wait_read, use_result);
        if (error) break;
        for (unsigned i = 0; i < accept_batch && !tasks_.is_stopping(); ++i) {
            if (is_full()) {
                if (i > 0) break; // room is made only for a connection that is there
                co_await wait_for_room();
            }
            const int failure = accept_one(socket);
            if (failure == EAGAIN || failure == EWOULDBLOCK) break;
            if (failure == 0 || failure == ECONNABORTED || failure == EINTR) continue;
            complain(failure);
            co_await pause(pause_after_error);
            break;
        }
    }
    descriptor.release();
    // Closing would reset what waits in the queue. A socket of systemd's stays open, and its queue is for our
    // successor.
    if (!socket.is_inherited())
        while (accept_one(socket) == 0) {
        }
}

Task<> Acceptor::finish(std::promise<void> closed) {
    tasks_.request_stop(runtime::Stop::politely);
    co_await tasks_.wait(SteadyTime::max());
    sockets_.clear();
    closed.set_value();
}

Task<> Acceptor::wait_for_room() {
    while (is_full() && !tasks_.is_stopping()) {
        const auto& longest = *std::min_element(intakes_.begin(), intakes_.end(), [](const auto& a, const auto& b) {
            return a->idle_since() < b->idle_since();
        });
        const bool can_make_room = longest->idle_since() != SteadyTime::max();
        if (can_make_room) longest->close_longest_idle();
        co_await pause(can_make_room ? Duration(1) : Duration(10));
    }
}

bool Acceptor::is_full() const noexcept {
    return shared_.counters.open.load(std::memory_order_relaxed) >=
           shared_.max_connections.load(std::memory_order_relaxed);
}

int Acceptor::accept_one(const ListeningSocket& socket) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    FileDescriptor fd(::accept4(socket.fd(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return errno;
    shared_.counters.accepted.add();
    auto& intake = *intakes_[next_];
    next_ = (next_ + 1) % intakes_.size();
    intake.adopt({std::move(fd), address_of(peer), peer.ss_family == AF_UNIX, Place(shared_)});
    return 0;
}

void Acceptor::complain(int error) {
    shared_.counters.accept_errors.add();
    if (complaints_.pass(std::chrono::steady_clock::now()))
        spdlog::warn("accepting a connection: {}", std::strerror(error));
}

} // namespace webhookd::http
