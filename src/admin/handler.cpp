#include "webhookd/admin/handler.hpp"

#include "admin/page.hpp"
#include "webhookd/base/text.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse_query.hpp>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>

namespace webhookd::admin {
namespace {

constexpr std::uint64_t max_body = 1u << 20;
constexpr std::string_view cookie_name = "webhookd_token=";

http::Answer text(unsigned status, std::string body) {
    http::Answer answer;
    answer.status = status;
    answer.content_type = "text/plain; charset=utf-8";
    answer.body = std::move(body);
    return answer;
}

http::Answer to_answer(const Reply& reply) {
    http::Answer answer;
    answer.status = reply.status;
    if (reply.body) answer.body = reply.body->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    answer.headers = "Cache-Control: no-store\r\n";
    return answer;
}

http::Answer page() {
    http::Answer answer;
    answer.content_type = "text/html; charset=utf-8";
    answer.body = page_html;
    answer.headers =
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n";
    return answer;
}

http::Answer asset(std::string_view content_type, std::string_view body) {
    http::Answer answer;
    answer.content_type = content_type;
    answer.body = body;
    answer.headers = "Cache-Control: no-cache\r\nX-Content-Type-Options: nosniff\r\n";
    return answer;
}

/// Exchanges the token of the link for a cookie, so that it leaves the address bar.
http::Answer signed_in(std::string_view token) {
    http::Answer answer;
    answer.status = 303;
    answer.headers = "Location: /\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nSet-Cookie: ";
    answer.headers.append(cookie_name).append(token).append("; Path=/; HttpOnly; SameSite=Strict\r\n");
    return answer;
}

http::Answer unauthorized() {
    auto answer = to_answer(Reply::failed(
        401, "the token is needed: Authorization: Bearer …, or the link that `flagsmith-webhookd admin` prints"));
    answer.headers += "WWW-Authenticate: Bearer\r\n";
    return answer;
}

/// A Host header without its port.
std::string_view host_name(std::string_view host) {
    if (!host.empty() && host.front() == '[') return host.substr(1, host.find(']') - 1);
    return host.substr(0, host.find(':'));
}

bool is_known_host(std::string_view host, const std::vector<std::string>& names) {
    const auto name = host_name(host);
    boost::system::error_code error;
    boost::asio::ip::make_address(std::string(name), error);
    if (!error || equals_ignoring_case(name, "localhost")) return true;
    for (const auto& known : names)
        if (equals_ignoring_case(name, known)) return true;
    return false;
}

std::string query_value(std::string_view query, std::string_view key) {
    const auto params = boost::urls::parse_query(query);
    if (!params) return {};
    for (const auto param : boost::urls::params_view(*params))
        if (param.key == key) return param.value;
    return {};
}

} // namespace

Handler::Handler(const Api& api, Views views, Access access)
    : api_(api), views_(std::move(views)), access_(std::move(access)) {}

void Handler::replace_token(std::shared_ptr<const Secret> token) {
    const std::lock_guard lock(token_mutex_);
    access_.token = std::move(token);
}

bool Handler::is_token(std::string_view text) const {
    std::shared_ptr<const Secret> token;
    {
        const std::lock_guard lock(token_mutex_);
        token = access_.token;
    }
    return token && !token->empty() && text.size() == token->size() &&
           CRYPTO_memcmp(text.data(), token->reveal().data(), text.size()) == 0;
}

bool Handler::knows_token(const http::RequestHead& head) const {
    const auto authorization = head.header("Authorization");
    constexpr std::string_view bearer = "Bearer ";
    if (equals_ignoring_case(authorization.substr(0, bearer.size()), bearer) &&
        is_token(trim(authorization.substr(bearer.size()))))
        return true;
    auto cookies = head.header("Cookie");
    while (!cookies.empty()) {
        const auto semicolon = std::min(cookies.find(';'), cookies.size());
        const auto cookie = trim(cookies.substr(0, semicolon));
        if (cookie.substr(0, cookie_name.size()) == cookie_name && is_token(cookie.substr(cookie_name.size())))
            return true;
        cookies.remove_prefix(std::min(semicolon + 1, cookies.size()));
    }
    return false;
}

http::HeadDecision Handler::on_head(const http::RequestHead& head, std::shared_ptr<const void>&) {
    const bool reads = head.method == "GET" || head.method == "HEAD";
    if (head.path == "/livez" && reads) return {text(200, "ok\n"), 0};
    if (head.path == "/readyz" && reads)
        return {views_.is_ready() ? text(200, "ok\n") : text(503, "events cannot be stored\n"), 0};
    if (head.path == "/metrics" && reads) {
        auto answer = text(200, views_.metrics());
        answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
        return {std::move(answer), 0};
    }
    if (access_.token) {
        if (!is_known_host(head.header("Host"), access_.hosts))
            return {to_answer(Reply::failed(403, "this Host is not known here")), 0};
        const auto origin = head.header("Origin");
        if (!reads && !origin.empty() && origin != "http://" + std::string(head.header("Host")))
            return {to_answer(Reply::failed(403, "requests from other sites are refused")), 0};
        if (head.path == "/" && reads && !head.query.empty()) {
            const auto token = query_value(head.query, "token");
            if (is_token(token)) return {signed_in(token), 0};
        }
        if (!knows_token(head)) return {unauthorized(), 0};
    }
    if (reads && head.path == "/") return {page(), 0};
    if (reads && head.path == "/page.js") return {asset("text/javascript; charset=utf-8", page_script), 0};
    if (reads && head.path == "/page.css") return {asset("text/css; charset=utf-8", page_style), 0};
    return {std::nullopt, max_body};
}

Task<http::Answer> Handler::handle(const http::RequestHead& head, std::string_view body, std::shared_ptr<const void>) {
    std::string target(head.path);
    if (!head.query.empty()) target.append("?").append(head.query);
    co_return to_answer(api_.call(head.method == "HEAD" ? "GET" : head.method, target, body));
}

} // namespace webhookd::admin
