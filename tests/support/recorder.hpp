#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace webhookd::test {

/// A receiver of one connection after the other that answers every request alike and remembers what it got.
class Recorder {
public:
    struct Request {
        std::string header, body;
        std::size_t connection = 0; // which one it came on
    };

    explicit Recorder(std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        : answer_(std::move(answer)) {
        thread_ = std::thread([this] { serve(); });
    }
    ~Recorder() {
        stopped_ = true;
        boost::asio::io_context context;
        boost::asio::ip::tcp::socket wake(context);
        boost::system::error_code ignored;
        wake.connect({boost::asio::ip::address_v4::loopback(), port()}, ignored);
        wake.close();
        thread_.join();
    }
    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::string url(std::string_view path) const {
        return "http://127.0.0.1:" + std::to_string(port()) + std::string(path);
    }
    std::vector<Request> requests() {
        const std::lock_guard lock(mutex_);
        return requests_;
    }

private:
    void serve() {
        for (std::size_t connection = 0; !stopped_; ++connection) {
            auto socket = acceptor_.accept();
            boost::system::error_code error;
            for (std::string buffer; !error && !stopped_;) read_one(socket, buffer, connection, error);
        }
    }
    void read_one(boost::asio::ip::tcp::socket& socket, std::string& buffer, std::size_t connection,
                  boost::system::error_code& error) {
        const auto end = boost::asio::read_until(socket, boost::asio::dynamic_buffer(buffer), "\r\n\r\n", error);
        if (error) return;
        Request request{buffer.substr(0, end), "", connection};
        buffer.erase(0, end);
        const auto at = request.header.find("Content-Length: ");
        const auto length = static_cast<std::size_t>(std::stoul(request.header.substr(at + 16)));
        if (buffer.size() < length)
            boost::asio::read(socket, boost::asio::dynamic_buffer(buffer),
                              boost::asio::transfer_exactly(length - buffer.size()), error);
        if (error) return;
        request.body = buffer.substr(0, length);
        buffer.erase(0, length);
        {
            const std::lock_guard lock(mutex_);
            requests_.push_back(std::move(request));
        }
        if (answer_.empty())
            socket.close();
        else
            boost::asio::write(socket, boost::asio::buffer(answer_), error);
    }

    std::string answer_;
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
    std::atomic<bool> stopped_{false};
    std::mutex mutex_;
    std::vector<Request> requests_;
    std::thread thread_;
};

} // namespace webhookd::test
