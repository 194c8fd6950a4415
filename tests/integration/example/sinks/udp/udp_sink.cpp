#include "sinks/udp/udp_sink.hpp"

#include "sinks/udp/settings.hpp"

#include <boost/asio/ip/udp.hpp>

namespace webhookd::sinks {
namespace udp {
namespace {

using sink::Away;
using sink::Outcome;
using sink::Outcomes;

class UdpSink final : public sink::Sink {
public:
    UdpSink(const Settings& settings, const sink::Environment& environment)
        : peer_(asio::ip::make_address(settings.address), static_cast<unsigned short>(settings.port)),
          format_(environment.format), socket_(environment.executor) {}

    Task<Result<void, Away>> open() override {
        boost::system::error_code error;
        socket_.close(error);
        socket_.connect(peer_, error);
        if (error) co_return Away{"connecting: " + error.message(), {}};
        co_return Result<void, Away>{};
    }

    Task<Result<Outcomes, Away>> deliver(std::span<const event::Event> batch) override {
        Outcomes outcomes;
        for (const auto& event : batch) {
            datagram_.clear();
            event::append_event(datagram_, event, format_);
            const auto [error, bytes] = co_await socket_.async_send(asio::buffer(datagram_), use_result);
            if (error == asio::error::message_size) {
                outcomes.push_back(Outcome::reject("too large for a datagram"));
            } else if (error) {
                if (outcomes.empty()) co_return Away{"sending: " + error.message(), {}};
                break; // the rest was not tried
            } else {
                outcomes.push_back(Outcome::delivered());
            }
        }
        co_return outcomes;
    }

    Task<> close() override { co_return; }

private:
    asio::ip::udp::endpoint peer_;
    event::Format format_;
    asio::basic_datagram_socket<asio::ip::udp, Executor> socket_;
    std::string datagram_;
};

std::unique_ptr<sink::Sink> make(std::shared_ptr<const void> settings, sink::Environment environment) {
    return std::make_unique<UdpSink>(*static_cast<const Settings*>(settings.get()), environment);
}

} // namespace

void check(const Settings& settings, config::TableReader& table) {
    boost::system::error_code is_name;
    asio::ip::make_address(settings.address, is_name);
    if (!settings.address.empty() && is_name) table.problem("address", "is no IP address", "such as \"192.0.2.7\"");
}

} // namespace udp

constinit const sink::SinkType udp_sink{config::sink_kind<udp::Settings>("udp", "sends a datagram for each event"),
                                        &udp::make};

} // namespace webhookd::sinks
