#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace webhookd {

namespace asio = boost::asio;

/// The one executor type of the program: concrete, because a polymorphic one costs on every step of every event.
using Executor = asio::io_context::executor_type;

/// A coroutine. Named functions only, arguments by value when spawned; never a capturing lambda (g++ 12 frees captures
/// twice).
template <class T = void>
using Task = asio::awaitable<T, Executor>;

/// The completion token of every asynchronous operation here.
inline constexpr asio::use_awaitable_t<Executor> use_task;

} // namespace webhookd
