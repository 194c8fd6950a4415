#include "integration/http/server.hpp"

#include <boost/asio/this_coro.hpp>

#include <thread>

namespace webhookd::http {

using namespace std::chrono_literals;

HeadDecision TestHandler::on_head(const RequestHead& head, std::shared_ptr<const void>& state) {
    Answer answer;
    if (head.path == "/missing") {
        answer.status = 404;
        return {answer, 0};
    }
    if (head.path == "/refused") {
        answer.status = 401;
        answer.close = true;
        answer.headers = "WWW-Authenticate: Test\r\n";
        return {answer, 0};
    }
    state = std::make_shared<const std::string>("kept");
    return {std::nullopt, max_body};
}

Task<Answer> TestHandler::handle(const RequestHead& head, std::string_view body, std::shared_ptr<const void> state) {
    if (*static_cast<const std::string*>(state.get()) != "kept") throw std::logic_error("the state was lost");
    {
        const std::lock_guard lock(mutex_);
        ++handled_[std::string(head.path)];
    }
    Answer answer;
    answer.content_type = "text/plain";
    if (head.path == "/drop") answer.drop = true;
    if (head.path == "/throw") throw std::runtime_error("on purpose");
    if (head.path == "/large") {
        answer.body.assign(8 << 20, 'x');
        co_return answer;
    }
    if (head.path == "/slow") {
        Timer timer(co_await asio::this_coro::executor);
        while (!may_go_) {
            timer.expires_after(1ms);
            co_await timer.async_wait(use_result);
        }
    }
    answer.body.append(head.method).append(" ").append(head.path).append(" ").append(head.client.to_string());
    answer.body.append(" ").append(head.signature).append(" ").append(body);
    co_return answer;
}

unsigned TestHandler::handled(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto at = handled_.find(path);
    return at == handled_.end() ? 0 : at->second;
}

ListenerTest::ListenerTest() {
    using namespace webhookd::literals;
    settings.address = "127.0.0.1:0";
    settings.picked_header = "X-Signature";
    settings.limits.max_header = 16_KiB;
    settings.limits.max_inflight = 256_MiB;
    settings.limits.handshake_timeout = settings.limits.header_timeout = settings.limits.body_timeout =
        settings.limits.idle_timeout = 10s;
}

void ListenerTest::start() {
    listener.emplace(settings, handler);
    listener->start();
}

void ListenerTest::use_tls() {
    const auto made = app::make_self_signed();
    settings.tls.emplace();
    settings.tls->certificate = directory.path() / "tls.crt";
    settings.tls->key = directory.path() / "tls.key";
    replace_file(settings.tls->certificate, made.certificate).value();
    replace_file(settings.tls->key, made.key).value();
}

test::RawClient ListenerTest::connect() {
    auto client = test::RawClient::tcp(listener->port());
    if (settings.tls && !client.start_tls()) ADD_FAILURE() << "no TLS";
    return client;
}

void ListenerTest::wait_until_open(std::int64_t connections) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (listener->counters().open.load() != connections && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(1ms);
    EXPECT_EQ(listener->counters().open.load(), connections);
}

std::string ListenerTest::post(std::string_view path, std::string_view body, std::string_view headers) {
    std::string request("POST ");
    request.append(path).append(" HTTP/1.1\r\nHost: localhost\r\nX-Signature: s\r\n").append(headers);
    request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    return request;
}

} // namespace webhookd::http
