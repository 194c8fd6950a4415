#pragma once

#include "app/self_signed.hpp"
#include "webhookd/runtime/task.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace webhookd::test {

/// A destination on 127.0.0.1 that answers as the test says, a thread for each connection.
class HttpServer {
public:
    struct Request {
        std::string method, target, body;
        std::map<std::string, std::string> headers; // names in lower case
    };
    struct Answer {
        unsigned status = 200;
        std::map<std::string, std::string> headers;
        std::string body;
        enum class How { normally, hang, close, cut, dribble } how = How::normally;
        bool keep_alive = true;
    };
    using Handler = std::function<Answer(const Request&)>;

    explicit HttpServer(Handler handler, bool tls = false) : handler_(std::move(handler)) {
        if (tls) {
            identity_ = app::make_self_signed();
            tls_.emplace(boost::asio::ssl::context::tls_server);
            tls_->use_certificate(boost::asio::buffer(identity_.certificate), boost::asio::ssl::context::pem);
            tls_->use_private_key(boost::asio::buffer(identity_.key), boost::asio::ssl::context::pem);
        }
        acceptor_.open(Tcp::v4());
        acceptor_.set_option(Tcp::acceptor::reuse_address(true));
        acceptor_.bind({boost::asio::ip::address_v4::loopback(), 0});
        port_ = acceptor_.local_endpoint().port();
        acceptor_.listen();
        accepting_ = std::thread([this] { accept(); });
    }
    ~HttpServer() {
        is_stopping_ = true;
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        accepting_.join();
        {
            const std::lock_guard lock(mutex_);
            for (auto& socket : sockets_) ::shutdown(socket->native_handle(), SHUT_RDWR);
            changed_.notify_all();
        }
        for (auto& thread : connections_) thread.join();
    }

    std::string url(std::string_view path = "") const {
        return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_) + std::string(path);
    }
    std::uint16_t port() const noexcept { return port_; }
    const std::string& certificate() const noexcept { return identity_.certificate; }
    std::vector<Request> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    std::size_t accepted() const noexcept { return accepted_; }
    int most_at_once() const noexcept { return most_at_once_; }
    bool wait_for(std::size_t requests, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, limit, [&] { return requests_.size() >= requests; });
    }
    /// Ends every connection that is open.
    void drop_connections() {
        const std::lock_guard lock(mutex_);
        for (auto& socket : sockets_) ::shutdown(socket->native_handle(), SHUT_RDWR);
    }

private:
    using Tcp = boost::asio::ip::tcp;

    void accept() {
        while (!is_stopping_) {
            auto socket = std::make_shared<Tcp::socket>(context_);
            boost::system::error_code error;
            acceptor_.accept(*socket, error);
            if (error) continue;
            ++accepted_;
            const std::lock_guard lock(mutex_);
            sockets_.push_back(socket);
            connections_.emplace_back([this, socket] { serve(*socket); });
        }
    }
    void serve(Tcp::socket& socket) {
        boost::system::error_code error;
        socket.set_option(Tcp::no_delay(true), error);
        if (tls_) {
            boost::asio::ssl::stream<Tcp::socket&> stream(socket, *tls_);
            stream.handshake(boost::asio::ssl::stream_base::server, error);
            if (!error) answer_all(stream);
        } else {
            answer_all(socket);
        }
        const std::lock_guard lock(mutex_);
        ::shutdown(socket.native_handle(), SHUT_RDWR);
    }
    template <class Stream>
    void answer_all(Stream& stream) {
        namespace http = boost::beast::http;
        boost::beast::flat_buffer buffer;
        for (;;) {
            boost::system::error_code error;
            http::request_parser<http::string_body> parser;
            parser.body_limit(64u << 20);
            http::read(stream, buffer, parser, error);
            if (error) return;
            Request request{
                std::string(parser.get().method_string()), std::string(parser.get().target()), parser.get().body(), {}};
            for (const auto& field : parser.get()) {
                std::string name(field.name_string());
                for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
                request.headers[name] = std::string(field.value());
            }
            const int at_once = ++at_once_;
            if (at_once > most_at_once_) most_at_once_ = at_once;
            const auto answer = handler_(request);
            --at_once_;
            {
                const std::lock_guard lock(mutex_);
                requests_.push_back(std::move(request));
                changed_.notify_all();
            }
            if (answer.how == Answer::How::close) return;
            if (answer.how == Answer::How::hang) {
                std::unique_lock lock(mutex_);
                changed_.wait(lock, [&] { return is_stopping_.load(); });
                return;
            }
            http::response<http::string_body> response(static_cast<http::status>(answer.status), 11);
            for (const auto& [name, value] : answer.headers) response.set(name, value);
            response.body() = answer.body;
            response.keep_alive(answer.keep_alive);
            response.prepare_payload();
            if (answer.status == 204) response.erase(http::field::content_length);
            if (answer.how == Answer::How::cut || answer.how == Answer::How::dribble) {
                const std::string_view text = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it";
                for (const char c : text) {
                    boost::asio::write(stream, boost::asio::buffer(&c, 1), error);
                    if (error || is_stopping_) return;
                    if (answer.how == Answer::How::dribble) std::this_thread::sleep_for(std::chrono::milliseconds(20));
                }
                return;
            }
            http::write(stream, response, error);
            if (error || !answer.keep_alive) return;
        }
    }

    Handler handler_;
    app::CertificateAndKey identity_;
    std::optional<boost::asio::ssl::context> tls_;
    boost::asio::io_context context_;
    Tcp::acceptor acceptor_{context_};
    std::uint16_t port_ = 0;
    std::atomic<bool> is_stopping_{false};
    std::atomic<std::size_t> accepted_{0};
    std::atomic<int> at_once_{0}, most_at_once_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Request> requests_;
    std::vector<std::shared_ptr<Tcp::socket>> sockets_;
    std::vector<std::thread> connections_;
    std::thread accepting_;
};

} // namespace webhookd::test
