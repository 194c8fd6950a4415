#include "net/resolve.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include <charconv>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

#include <netdb.h>

namespace webhookd::net {
namespace {

using Endpoints = std::vector<asio::ip::tcp::endpoint>;

/// What the waiting task and the blocking thread share.
struct Lookup {
    std::mutex mutex;
    Timer* waiter = nullptr; // null once nobody waits any more
    Result<Endpoints> found = Error{"not looked up"};
};

Result<Endpoints> look_up(const std::string& host, const std::string& port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list); error != 0)
        return Error{"looking up ", host, ": ", ::gai_strerror(error)};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    Endpoints all;
    for (const auto* each = list; each != nullptr; each = each->ai_next) {
        asio::ip::tcp::endpoint endpoint;
        if (each->ai_addrlen > endpoint.capacity()) continue;
        std::memcpy(endpoint.data(), each->ai_addr, each->ai_addrlen);
        endpoint.resize(each->ai_addrlen);
        all.push_back(endpoint);
    }
    if (all.empty()) return Error{"looking up ", host, ": no address"};
    return all;
}

void look_up_and_tell(const std::shared_ptr<Lookup>& lookup, const Executor& executor, const std::string& host,
                      const std::string& port) {
    auto found = look_up(host, port);
    const std::lock_guard lock(lookup->mutex);
    lookup->found = std::move(found);
    if (lookup->waiter == nullptr) return; // and its executor may be gone
    asio::post(executor, [lookup] {
        const std::lock_guard again(lookup->mutex);
        if (lookup->waiter != nullptr) lookup->waiter->cancel();
    });
}

} // namespace

Task<Result<Endpoints>> resolve(Timer& waiter, std::string host, std::string port) {
    boost::system::error_code is_name;
    if (const auto address = asio::ip::make_address(host, is_name); !is_name) {
        unsigned short number = 0;
        std::from_chars(port.data(), port.data() + port.size(), number);
        co_return Endpoints{{address, number}};
    }
    waiter.expires_at(SteadyTime::max());
    const auto lookup = std::make_shared<Lookup>();
    lookup->waiter = &waiter;
    const struct Leave {
        Lookup& lookup;
        ~Leave() {
            const std::lock_guard lock(lookup.mutex);
            lookup.waiter = nullptr;
        }
    } leave{*lookup};
    std::thread([lookup, executor = waiter.get_executor(), host, port] {
        look_up_and_tell(lookup, executor, host, port);
    }).detach();
    co_await waiter.async_wait(use_result);
    const std::lock_guard lock(lookup->mutex);
    co_return std::move(lookup->found);
}

} // namespace webhookd::net
