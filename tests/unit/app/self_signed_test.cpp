#include "app/self_signed.hpp"

#include <boost/asio/ssl/context.hpp>
#include <gtest/gtest.h>

namespace webhookd::app {
namespace {

TEST(SelfSigned, IsACertificateWithItsKey) {
    const auto made = make_self_signed();
    boost::asio::ssl::context context(boost::asio::ssl::context::tls_server);
    context.use_certificate_chain(boost::asio::buffer(made.certificate));
    context.use_private_key(boost::asio::buffer(made.key), boost::asio::ssl::context::pem);
    EXPECT_EQ(SSL_CTX_check_private_key(context.native_handle()), 1);
    EXPECT_NE(made.certificate, make_self_signed().certificate);
}

} // namespace
} // namespace webhookd::app
