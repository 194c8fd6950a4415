#include "cli/send/client.hpp"

#include "webhookd/config/mask.hpp"
#include "webhookd/verify/verify.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <array>
#include <stdexcept>

namespace webhookd::cli::send {
namespace {

namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using Stream = beast::basic_stream<tcp, Executor>;

constexpr auto patience = std::chrono::seconds(10); // Flagsmith's, to connect and between two reads
constexpr std::size_t max_answer_bytes = 1 << 20;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable_t<Executor>{}); // Beast connects with no deferred token

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0'); // and the zero that OpenSSL adds
    const auto length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

/// SNI. The macro of OpenSSL casts in the old style.
void name_server(SSL* ssl, std::string host) {
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
}

Error connection_error(std::string_view doing, const boost::system::error_code& error) {
    if (error == beast::error::timeout) return Error{doing, ": no answer within 10 s"};
    return Error{doing, ": ", error.message()};
}

} // namespace

Result<Target> parse_target(std::string_view text) {
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed || (parsed->scheme() != "http" && parsed->scheme() != "https") || parsed->host().empty())
        return Error{"\"", config::mask(text), "\" is no URL such as https://localhost:8443/environment-webhook"};
    Target target;
    target.tls = parsed->scheme() == "https";
    target.host = parsed->host_address(); // without the brackets of an IPv6 address
    target.port = parsed->has_port() ? std::string(parsed->port()) : target.tls ? "443" : "80";
    target.host_header = std::string(parsed->encoded_host_and_port());
    target.path = parsed->encoded_path().empty() ? "/" : std::string(parsed->encoded_path());
    if (parsed->has_query()) target.path += "?" + std::string(parsed->encoded_query());
    if (parsed->has_userinfo()) target.authorization = "Basic " + base64(parsed->userinfo());
    return target;
}

struct Client::Connection {
    Connection(Executor executor, asio::ssl::context& context) : tls(Stream(executor), context) {}

    Stream& tcp_stream() { return tls.next_layer(); }

    asio::ssl::stream<Stream> tls; // its next layer alone where the target is plain
    beast::flat_buffer buffer{max_answer_bytes};
};

Client::Client(Executor executor, const ClientOptions& options)
    : executor_(executor), options_(options), tls_(asio::ssl::context::tls_client) {
    if (!options.target.tls) return;
    tls_.set_verify_mode(options.insecure ? asio::ssl::verify_none : asio::ssl::verify_peer);
    if (options.insecure) return;
    boost::system::error_code error;
    if (options.ca.empty())
        tls_.set_default_verify_paths(error);
    else
        tls_.load_verify_file(options.ca, error);
    if (error) throw std::runtime_error("reading the authorities " + options.ca + ": " + error.message());
}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;

Task<Result<>> Client::connect() {
    const auto& target = options_.target;
    auto connection = std::make_unique<Connection>(executor_, tls_);
    asio::ip::basic_resolver<tcp, Executor> resolver(executor_);
    auto [unresolved, addresses] = co_await resolver.async_resolve(target.host, target.port, as_result);
    if (unresolved) co_return connection_error("resolving " + target.host, unresolved);
    connection->tcp_stream().expires_after(patience);
    auto [refused, endpoint] = co_await connection->tcp_stream().async_connect(addresses, as_result);
    if (refused) co_return connection_error("connecting", refused);
    connection->tcp_stream().socket().set_option(tcp::no_delay(true));
    if (target.tls) {
        auto* ssl = connection->tls.native_handle();
        boost::system::error_code no_name;
        asio::ip::make_address(target.host, no_name);
        if (no_name) name_server(ssl, target.host); // addresses are not named in SNI
        constexpr unsigned char alpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
        SSL_set_alpn_protos(ssl, alpn, sizeof alpn);
        if (!options_.insecure) connection->tls.set_verify_callback(asio::ssl::host_name_verification(target.host));
        auto [failed_handshake] = co_await connection->tls.async_handshake(asio::ssl::stream_base::client, as_result);
        if (failed_handshake) co_return connection_error("TLS handshake", failed_handshake);
    }
    connection_ = std::move(connection);
    co_return Result<>();
}

std::string Client::header(std::string_view body) const {
    const auto& target = options_.target;
    auto out = fmt::format("POST {} HTTP/1.1\r\n"
                           "Host: {}\r\n"
                           "User-Agent: python-requests/2.33.0\r\n"
                           "Accept-Encoding: gzip, deflate\r\n"
                           "Accept: */*\r\n"
                           "Connection: keep-alive\r\n"
                           "content-type: application/json\r\n",
                           target.path, target.host_header);
    if (options_.secret)
        out += fmt::format("{}: {}\r\n", verify::signature_header, verify::sign(body, *options_.secret));
    out += fmt::format("Content-Length: {}\r\n", body.size());
    if (!target.authorization.empty()) out += fmt::format("Authorization: {}\r\n", target.authorization);
    return out + "\r\n";
}

namespace {

/// Writes a request and reads its answer over either kind of stream.
template <class AnyStream>
Task<Result<Answer>> exchange(AnyStream& stream, Stream& tcp_stream, beast::flat_buffer& buffer,
                              std::string_view header, std::string_view body, bool& reusable) {
    const std::array parts{header, body};
    for (const auto part : parts) {
        if (part.empty()) continue;
        tcp_stream.expires_after(patience);
        auto [error, written] = co_await asio::async_write(stream, asio::buffer(part), as_result);
        // A receiver that refuses by the header alone answers and closes while the body is still on its way.
        if (error) break;
    }
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(max_answer_bytes);
    while (!parser.is_done()) {
        tcp_stream.expires_after(patience);
        auto [error, read] = co_await beast::http::async_read_some(stream, buffer, parser, as_result);
        if (error == beast::http::error::end_of_stream) co_return Error{"the connection was closed without an answer"};
        if (error) co_return connection_error("waiting for the answer", error);
    }
    tcp_stream.expires_never();
    reusable = parser.get().keep_alive();
    co_return Answer{parser.get().result_int(), std::move(parser.get().body())};
}

} // namespace

Task<Result<Answer>> Client::post(std::string_view body) {
    if (!connection_) {
        const auto connected = co_await connect();
        if (!connected) co_return connected.error();
    }
    // Each step named before it is awaited: g++ 12 frees temporaries of a conditional co_await twice.
    bool reusable = false;
    auto& connection = *connection_;
    const auto head = header(body);
    auto exchanging =
        options_.target.tls
            ? exchange(connection.tls, connection.tcp_stream(), connection.buffer, head, body, reusable)
            : exchange(connection.tcp_stream(), connection.tcp_stream(), connection.buffer, head, body, reusable);
    auto answer = co_await std::move(exchanging);
    if (!options_.keep_alive || !reusable) connection_.reset();
    co_return answer;
}

} // namespace webhookd::cli::send
