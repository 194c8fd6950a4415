#include "webhookd/admin/control_client.hpp"

#include "webhookd/admin/control_socket.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

namespace webhookd::admin {

namespace asio = boost::asio;
namespace http = boost::beast::http;

Result<std::optional<DaemonReply>> ask_daemon(const std::filesystem::path& store_directory, std::string_view method,
                                              std::string_view target, std::string_view body) {
    asio::io_context context;
    asio::local::stream_protocol::socket socket(context);
    boost::system::error_code error;
    const ControlSocketPath path(store_directory);
    socket.connect({path.string()}, error);
    if (error == boost::system::errc::no_such_file_or_directory || error == boost::system::errc::connection_refused)
        return std::optional<DaemonReply>{};
    if (error) return Error{"connecting to the daemon at ", path.string(), ": ", error.message()};
    const timeval limit{120, 0};
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);

    http::request<http::string_body> request(http::verb::unknown, target, 11, std::string(body));
    request.method_string(method);
    request.set(http::field::host, "localhost");
    request.set(http::field::content_type, "application/json");
    request.set(http::field::connection, "close");
    request.prepare_payload();
    http::write(socket, request, error);
    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(256u << 20);
    if (!error) http::read(socket, buffer, parser, error);
    if (error) return Error{"talking to the daemon at ", path.string(), ": ", error.message()};

    auto json = nlohmann::json::parse(parser.get().body(), nullptr, false);
    return std::optional<DaemonReply>{
        {parser.get().result_int(), std::make_shared<const nlohmann::json>(std::move(json))}};
}

} // namespace webhookd::admin
