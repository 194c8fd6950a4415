#include "sinks/udp/udp_sink.hpp"

#include "sinks/udp/settings.hpp"
#include "support/sink_fixture.hpp"

#include <boost/asio/ip/udp.hpp>

/// The sink of docs/writing-a-sink.md does what the page says.
namespace webhookd::sinks {
namespace {

using Udp = boost::asio::ip::udp;

class UdpSinkTest : public test::SinkFixture {
protected:
    UdpSinkTest() : receiver(context_, Udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
        make(udp_sink, udp::Settings{"127.0.0.1", receiver.local_endpoint().port()});
    }
    std::string received() {
        std::string datagram(70'000, '\0');
        datagram.resize(receiver.receive(boost::asio::buffer(datagram)));
        return datagram;
    }

    Udp::socket receiver;
};

TEST_F(UdpSinkTest, SendsADatagramForEachEvent) {
    ASSERT_TRUE(open());
    deliver("{\"a\": 1}");
    deliver("{\"b\": 2}");
    EXPECT_EQ(received(), "{\"a\": 1}");
    EXPECT_EQ(received(), "{\"b\": 2}");
}

TEST_F(UdpSinkTest, RejectsWhatIsTooLargeAndGoesOn) {
    ASSERT_TRUE(open());
    event(std::string(70'000, 'x'));
    event("{}");
    const auto outcomes = SinkFixture::deliver();
    ASSERT_TRUE(outcomes);
    ASSERT_EQ(outcomes->size(), 2u);
    EXPECT_EQ(outcomes->at(0).kind, sink::Outcome::Kind::reject);
    EXPECT_EQ(outcomes->at(1).kind, sink::Outcome::Kind::delivered);
    EXPECT_EQ(received(), "{}");
}

TEST_F(UdpSinkTest, IsAwayWhereNobodyListens) {
    ASSERT_TRUE(open());
    receiver.close();
    event("{}");
    static_cast<void>(SinkFixture::deliver()); // refused a moment later, which is told with the next
    event("{}");
    EXPECT_FALSE(SinkFixture::deliver());
}

} // namespace
} // namespace webhookd::sinks
