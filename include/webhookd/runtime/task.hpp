#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>

namespace webhookd {

namespace asio = boost::asio;

/// The one executor type of the program: concrete, because a polymorphic one costs on every step of every event.
using Executor = asio::io_context::executor_type;

/// A coroutine. Named functions only, arguments by value when spawned; never a capturing lambda (g++ 12 frees captures
/// twice).
template <class T = void>
using Task = asio::awaitable<T, Executor>;

/// The completion token of every asynchronous operation here whose failure is exceptional: awaiting it throws. What the
/// token yields is awaited at once, in the frame of the coroutine that asks (asio::use_awaitable makes a frame for
/// each).
inline constexpr asio::deferred_t use_task;
/// The same where failing is part of normal life: yields a tuple that begins with the error code.
inline constexpr asio::as_tuple_t<asio::deferred_t> use_result{use_task};

/// A timer on the monotonic clock.
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

} // namespace webhookd
