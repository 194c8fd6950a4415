#include "webhookd/http/client.hpp"

#include "webhookd/net/connection.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <charconv>
#include <ctime>
#include <vector>

namespace webhookd::http {
namespace {

namespace beast = boost::beast;
using Parser = beast::http::response_parser<beast::http::string_body>;

constexpr std::uint32_t most_answer_head = 32 * 1024;

/// Seconds, or a date (RFC 9110, section 10.2.3).
std::optional<Duration> parse_retry_after(std::string_view text) {
    unsigned seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc() && end == text.data() + text.size()) return std::chrono::seconds(seconds);
    std::tm date{};
    if (::strptime(std::string(text).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date) == nullptr) return {};
    const auto until = std::chrono::system_clock::from_time_t(::timegm(&date)) - std::chrono::system_clock::now();
    return std::max(std::chrono::ceil<Duration>(until), Duration::zero());
}

ClientAnswer answer_of(Parser& parser) {
    ClientAnswer answer;
    answer.status = parser.get().result_int();
    if (const auto field = parser.get().find("Retry-After"); field != parser.get().end())
        answer.retry_after = parse_retry_after({field->value().data(), field->value().size()});
    answer.body = std::move(parser.get().body());
    return answer;
}

/// A connection, and what was read from it beyond the last answer.
struct Kept {
    explicit Kept(Executor executor) : connection(executor) {}
    net::Connection connection;
    std::string unread;
};

/// Reads up to the end of one answer. `parser` tells how far it came.
Task<boost::system::error_code> read_answer(Kept& from, Parser& parser) {
    parser.eager(true);
    while (!parser.is_done()) {
        boost::system::error_code error;
        const auto used = parser.put(asio::buffer(from.unread), error);
        from.unread.erase(0, used);
        if (error && error != beast::http::error::need_more) co_return error;
        if (parser.is_done()) break;
        if (!error && used != 0) continue; // the head; the body may be there already
        if (const auto failed = co_await from.connection.read_some(from.unread); failed) {
            // Many servers leave out the goodbye of TLS; a body with a length is checked against it all the same.
            const bool is_end = failed == asio::error::eof || failed == asio::ssl::error::stream_truncated;
            if (!is_end || !parser.got_some()) co_return failed;
            parser.put_eof(error); // which ends a body without a length
            if (error || !parser.is_done()) co_return failed;
        }
    }
    co_return boost::system::error_code{};
}

} // namespace

struct Client::Impl {
    Impl(Executor on, ClientSettings how) : executor(on), settings(std::move(how)) {
        if (settings.origin.tls) tls.emplace(net::make_client_tls(settings.ca));
    }

    std::string head_of(const ClientRequest& request) const {
        const bool asks_proxy = settings.proxy && !tls;
        std::string head;
        head.reserve(256 + request.target.size() + request.headers.size());
        head.append(request.method).append(" ");
        if (asks_proxy) head.append("http://").append(settings.origin.authority);
        head.append(request.target).append(" HTTP/1.1\r\nHost: ").append(settings.origin.authority);
        head.append("\r\nUser-Agent: flagsmith-webhookd/").append(WEBHOOKD_VERSION).append("\r\nAccept: */*\r\n");
        if (!settings.origin.authorization.empty())
            head.append("Authorization: ").append(settings.origin.authorization.reveal()).append("\r\n");
        if (asks_proxy) head += proxy_authorization();
        const bool needs_no_body = request.method == "GET" || request.method == "HEAD" || request.method == "DELETE";
        if (!request.body.empty() || !needs_no_body)
            head.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
        return head.append(request.headers).append("\r\n");
    }

    std::string proxy_authorization() const {
        if (settings.proxy->authorization.empty()) return {};
        return std::string("Proxy-Authorization: ").append(settings.proxy->authorization.reveal()).append("\r\n");
    }

    std::unique_ptr<Kept> take_kept() {
        while (!kept.empty()) {
            auto one = std::move(kept.back());
            kept.pop_back();
            if (one->unread.empty() && one->connection.is_quiet()) return one;
        }
        return nullptr;
    }

    /// Within the limit of `to`.
    Task<Result<>> connect(Kept& to) {
        const auto& next = settings.proxy ? *settings.proxy : settings.origin;
        auto connected = co_await to.connection.connect(next.host, next.port);
        if (!connected || !tls) co_return connected;
        if (settings.proxy) {
            auto passed = co_await pass_proxy(to);
            if (!passed) co_return passed;
        }
        co_return co_await to.connection.secure(*tls, settings.origin.host);
    }

    Task<Result<>> pass_proxy(Kept& to) {
        const auto doing = "asking the proxy " + settings.proxy->authority + ": ";
        const auto& host = settings.origin.host;
        const auto authority =
            (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + settings.origin.port;
        const auto head =
            "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n" + proxy_authorization() + "\r\n";
        if (const auto error = co_await to.connection.write(head); error)
            co_return Error{doing, to.connection.describe(error)};
        Parser parser;
        parser.header_limit(most_answer_head);
        parser.skip(true); // a tunnel has no body
        if (const auto error = co_await read_answer(to, parser); error)
            co_return Error{doing, to.connection.describe(error)};
        if (const auto status = parser.get().result_int(); status / 100 != 2)
            co_return Error{doing, "answered ", std::to_string(status)};
        co_return Result<>{};
    }

    struct Outcome {
        Result<ClientAnswer> answer;
        bool can_be_kept = false; // for another exchange
        bool was_ignored = false; // not one byte of an answer came
    };
    Task<Outcome> exchange(Kept& with, std::string_view head, const ClientRequest& request) {
        const auto write_error = co_await with.connection.write(head, request.body);
        // A server may have answered, and closed, before it had read everything: the answer counts.
        std::optional<Parser> parser;
        boost::system::error_code read_error;
        do { // past 100 Continue and its like
            parser.emplace();
            parser->header_limit(most_answer_head);
            parser->body_limit(settings.most_answer);
            parser->skip(request.method == "HEAD");
            read_error = co_await read_answer(with, *parser);
        } while (!read_error && parser->get().result_int() / 100 == 1);
        const bool is_cut = parser->is_header_done() && read_error == beast::http::error::body_limit;
        if (read_error && !is_cut) {
            const auto why = with.connection.describe(write_error && !parser->got_some() ? write_error : read_error);
            co_return Outcome{Error{settings.origin.authority, ": ", why}, false, !parser->got_some()};
        }
        const bool can_be_kept = !is_cut && !write_error && parser->get().keep_alive();
        co_return Outcome{answer_of(*parser), can_be_kept, false};
    }

    Executor executor;
    const ClientSettings settings;
    std::optional<asio::ssl::context> tls; // none for plain HTTP
    std::vector<std::unique_ptr<Kept>> kept;
};

Client::Client(Executor executor, ClientSettings settings)
    : impl_(std::make_unique<Impl>(executor, std::move(settings))) {}

Client::~Client() = default;

Task<Result<>> Client::connect() {
    auto one = impl_->take_kept();
    if (!one) {
        one = std::make_unique<Kept>(impl_->executor);
        one->connection.begin_limit(impl_->settings.timeout);
        const auto connected = co_await impl_->connect(*one);
        if (!connected) co_return connected;
        one->connection.end_limit();
    }
    impl_->kept.push_back(std::move(one));
    co_return Result<>{};
}

Task<Result<ClientAnswer>> Client::exchange(ClientRequest request) {
    const auto head = impl_->head_of(request);
    for (;;) {
        auto one = impl_->take_kept();
        const bool is_new = !one;
        if (is_new) one = std::make_unique<Kept>(impl_->executor);
        one->connection.begin_limit(impl_->settings.timeout);
        if (is_new) {
            const auto connected = co_await impl_->connect(*one);
            if (!connected) co_return connected.error();
        }
        auto outcome = co_await impl_->exchange(*one, head, request);
        one->connection.end_limit();
        if (!outcome.answer && outcome.was_ignored && !is_new && !one->connection.is_expired()) continue;
        if (outcome.can_be_kept) impl_->kept.push_back(std::move(one));
        co_return std::move(outcome.answer);
    }
}

void Client::close() noexcept {
    impl_->kept.clear();
}

} // namespace webhookd::http
