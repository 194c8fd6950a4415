#pragma once

#include "app/self_signed.hpp"
#include "support/raw_client.hpp"
#include "support/temporary_directory.hpp"
#include "webhookd/http/listener.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace webhookd::http {

/// Answers 200 with what it saw, as "METHOD PATH client BODY"; what it was asked is counted by path.
///   /missing   404 at the head       /refused   401 at the head, closing
///   /drop      no answer             /slow      answers when `let_go` is called
///   /throw     throws                /large     an answer of 8 MiB
class TestHandler final : public Handler {
public:
    HeadDecision on_head(const RequestHead& head, std::shared_ptr<const void>& state) override;
    Task<Answer> handle(const RequestHead& head, std::string_view body, std::shared_ptr<const void> state) override;

    unsigned handled(const std::string& path) const;
    void let_go() noexcept { may_go_ = true; }

    std::atomic<std::uint64_t> max_body{1 << 20};

private:
    mutable std::mutex mutex_;
    std::map<std::string, unsigned> handled_;
    std::atomic<bool> may_go_{false};
};

/// A listener on a free port of the loopback with short times, and what a test needs around it.
class ListenerTest : public testing::Test {
protected:
    ListenerTest();

    /// Starts the listener with `settings`.
    void start();
    void use_tls();
    /// Connects to it; through TLS where it speaks that.
    test::RawClient connect();
    void wait_until_open(std::int64_t connections);

    static std::string post(std::string_view path, std::string_view body, std::string_view headers = {});

    test::TemporaryDirectory directory;
    TestHandler handler;
    Settings settings;
    std::optional<Listener> listener;
};

inline std::uint64_t count(const Listener& listener, Refusal why) {
    return listener.counters().of(why).value();
}

} // namespace webhookd::http
