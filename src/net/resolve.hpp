#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/base/time.hpp"
#include "webhookd/runtime/task.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <vector>

namespace webhookd::net {

/// The addresses of a host, in the order in which they should be tried. A literal is its own address.
/// The system's resolver blocks, for half a minute where no name server answers: it runs on a thread of its own, which
/// nobody waits for any more when `waiter` is cancelled or its context ends. The timer must outlive the task.
Task<Result<std::vector<asio::ip::tcp::endpoint>>> resolve(Timer& waiter, std::string host, std::string port);

} // namespace webhookd::net
