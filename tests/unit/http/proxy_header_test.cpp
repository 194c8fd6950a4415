#include "http/proxy_header.hpp"

#include "http/forwarded_for.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace webhookd::http {
namespace {

using Step = ProxyHeaderStep;
namespace ip = boost::asio::ip;

const std::string v2_signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string v2(unsigned char version_and_command, unsigned char family, const std::string& addresses) {
    std::string header = v2_signature;
    header += static_cast<char>(version_and_command);
    header += static_cast<char>(family);
    header += static_cast<char>(addresses.size() >> 8);
    header += static_cast<char>(addresses.size() & 255);
    return header + addresses;
}

const std::string v4_addresses("\xc0\0\x02\x01\x7f\0\0\x01\x10\xe1\x01\xbb", 12);

/// The client in the header, "own" where the connection is the proxy's; checks that no shorter part is taken for it.
std::string client(const std::string& header) {
    ProxyHeader read;
    for (std::size_t n = 0; n < header.size(); ++n)
        EXPECT_EQ(read_proxy_header(std::string_view(header).substr(0, n), read), Step::more) << n;
    if (read_proxy_header(header + "GET", read) != Step::done) return "malformed";
    EXPECT_EQ(read.size, header.size());
    return read.client ? read.client->to_string() : "own";
}

TEST(ProxyHeaderTest, ReadsVersion1) {
    EXPECT_EQ(client("PROXY TCP4 192.0.2.1 198.51.100.1 4321 443\r\n"), "192.0.2.1");
    EXPECT_EQ(client("PROXY TCP6 2001:db8::1 2001:db8::2 4321 443\r\n"), "2001:db8::1");
    EXPECT_EQ(client("PROXY UNKNOWN\r\n"), "own");
    EXPECT_EQ(client("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), "own");
}

TEST(ProxyHeaderTest, ReadsVersion2) {
    EXPECT_EQ(client(v2(0x21, 0x11, v4_addresses)), "192.0.2.1");
    EXPECT_EQ(client(v2(0x21, 0x11, v4_addresses + std::string("\x03\0\x04\0\0\0\0", 7))), "192.0.2.1"); // with a TLV
    EXPECT_EQ(client(v2(0x21, 0x21,
                        std::string("\x20\x01\x0d\xb8") + std::string(11, '\0') + "\x01" + std::string(20, '\0'))),
              "2001:db8::1");
    EXPECT_EQ(client(v2(0x20, 0x00, "")), "own");                    // LOCAL
    EXPECT_EQ(client(v2(0x21, 0x31, std::string(216, 'u'))), "own"); // unix
}

TEST(ProxyHeaderTest, RefusesWhatIsNone) {
    ProxyHeader header;
    for (const std::string& bytes :
         {std::string("GET / HTTP/1.1\r\n"), std::string("PROXZ"), std::string("PROXY TCP5 a b 1 2\r\n"),
          std::string("PROXY TCP4 ::1 ::2 1 2\r\n"), std::string("PROXY TCP4 \r\n"),
          "PROXY TCP4 " + std::string(200, '1'), std::string("\r\n\r\nQUIT"), v2(0x11, 0x11, v4_addresses),
          v2(0x22, 0x11, v4_addresses), v2(0x21, 0x11, "short"), v2(0x21, 0x21, v4_addresses),
          v2(0x21, 0x11, std::string(5000, 'x'))})
        EXPECT_EQ(read_proxy_header(bytes, header), Step::malformed) << bytes;
}

class ForwardedForTest : public testing::Test {
protected:
    std::string client(const std::string& fields, const char* peer = "10.0.0.1") const {
        return forwarded_client(ip::make_address(peer), fields + "\r\n", trusted).to_string();
    }
    const CidrList trusted = CidrList::parse(std::vector<std::string>{"10.0.0.0/8", "fd00::/8"}).value();
};

TEST_F(ForwardedForTest, TheRightmostAddressThatIsNotTrustedIsTheClient) {
    EXPECT_EQ(client("X-Forwarded-For: 192.0.2.1\r\n"), "192.0.2.1");
    EXPECT_EQ(client("X-Forwarded-For: 203.0.113.66, 192.0.2.1, 10.1.1.1\r\n"), "192.0.2.1");
    EXPECT_EQ(client("A: b\r\nx-forwarded-for: 203.0.113.66\r\nX-Forwarded-For: 192.0.2.1,fd00::1\r\n"), "192.0.2.1");
    EXPECT_EQ(client("X-Forwarded-For: 10.3.3.3, 10.2.2.2\r\n"), "10.3.3.3");
}

TEST_F(ForwardedForTest, UnderstandsPorts) {
    EXPECT_EQ(client("X-Forwarded-For: 192.0.2.1:4711\r\n"), "192.0.2.1");
    EXPECT_EQ(client("X-Forwarded-For: [2001:db8::1]:4711\r\n"), "2001:db8::1");
    EXPECT_EQ(client("X-Forwarded-For: 2001:db8::1\r\n"), "2001:db8::1");
    EXPECT_EQ(client("X-Forwarded-For: ::ffff:192.0.2.1\r\n"), "192.0.2.1");
}

TEST_F(ForwardedForTest, NothingLeftOfNonsenseIsBelieved) {
    EXPECT_EQ(client("X-Forwarded-For: 192.0.2.1, unknown, 10.1.1.1\r\n"), "10.1.1.1");
    EXPECT_EQ(client("X-Forwarded-For: 192.0.2.1, , \r\n"), "10.0.0.1");
    EXPECT_EQ(client("X-Forwarded-For:\r\n"), "10.0.0.1");
    EXPECT_EQ(client("X-Forwarded-For: [::1\r\n"), "10.0.0.1");
}

} // namespace
} // namespace webhookd::http
