#include "webhookd/base/cidr.hpp"

#include <gtest/gtest.h>

namespace webhookd {
namespace {

bool holds(std::string_view range, const char* address) {
    return Cidr::parse(range).value().contains(boost::asio::ip::make_address(address));
}

TEST(CidrTest, HoldsWhatSharesItsPrefix) {
    EXPECT_TRUE(holds("10.0.0.0/8", "10.255.1.2"));
    EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(holds("192.0.2.128/25", "192.0.2.200"));
    EXPECT_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
    EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.9"));
    EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(CidrTest, AnAddressAloneIsARangeOfOne) {
    EXPECT_TRUE(holds("::1", "::1"));
    EXPECT_FALSE(holds("::1", "::2"));
    EXPECT_TRUE(holds("192.0.2.1", "192.0.2.1"));
}

TEST(CidrTest, AMappedAddressIsAnIPv4Address) {
    EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
    EXPECT_FALSE(holds("::/0", "::ffff:10.1.2.3"));
    EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
}

TEST(CidrTest, RefusesWhatIsNoRange) {
    for (const auto* text :
         {"", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/8 ", "10.0.0.0/-1", "host"})
        EXPECT_FALSE(Cidr::parse(text)) << text;
}

TEST(CidrTest, AListNamesTheEntryThatIsWrong) {
    const std::string texts[]{"10.0.0.0/8", "nonsense"};
    EXPECT_EQ(CidrList::parse(texts).error().message, "\"nonsense\" is not an address or a range like 10.0.0.0/8");
    EXPECT_TRUE(CidrList{}.empty());
}

} // namespace
} // namespace webhookd
