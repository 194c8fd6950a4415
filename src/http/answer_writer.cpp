#include "http/answer_writer.hpp"

#include <boost/beast/http/status.hpp>

#include <array>
#include <charconv>

namespace webhookd::http {
namespace {

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_status_line(std::string& out, unsigned status) {
    if (status == 200) {
        out += "HTTP/1.1 200 OK\r\n";
        return;
    }
    out += "HTTP/1.1 ";
    append_number(out, status);
    out += ' ';
    out += std::string_view(boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status)));
    out += "\r\n";
}

struct Problem {
    unsigned status;
    std::string_view title;
    std::string_view headers = {};
};

Problem problem_of(Refusal why) noexcept {
    switch (why) {
    case Refusal::malformed:
        return {400, "malformed request"};
    case Refusal::bad_host:
        return {400, "exactly one valid Host is needed"};
    case Refusal::header_too_large:
        return {431, "header too large"};
    case Refusal::target_too_long:
        return {414, "request line too long"};
    case Refusal::body_too_large:
        return {413, "body too large"};
    case Refusal::version:
        return {505, "HTTP/1.1 is spoken here"};
    case Refusal::content_coding:
        return {415, "send the body uncompressed", "Accept-Encoding: identity\r\n"};
    case Refusal::expectation:
        return {417, "only 100-continue can be expected"};
    case Refusal::header_timeout:
        return {408, "the header took too long"};
    case Refusal::body_timeout:
        return {408, "the body took too long"};
    case Refusal::too_slow:
        return {408, "the body came too slowly"};
    case Refusal::plain_on_tls:
        return {400, "TLS is spoken on this port: use https"};
    case Refusal::inflight:
    case Refusal::handshake:
    case Refusal::handshake_timeout:
    case Refusal::proxy_header:
    case Refusal::made_room:
        break; // closed without an answer
    }
    return {500, "internal error"};
}

} // namespace

void AnswerWriter::write(std::string& out, const Answer& answer, Framing framing) {
    append_status_line(out, answer.status);
    out += date_line();
    if (!answer.body.empty()) {
        out += "Content-Type: ";
        out += answer.content_type;
        out += "\r\n";
    }
    if (answer.status >= 200 && answer.status != 204 && answer.status != 304) {
        out += "Content-Length: ";
        append_number(out, answer.body.size());
        out += "\r\n";
    }
    if (framing.close)
        out += "Connection: close\r\n";
    else if (framing.is_http_1_0)
        out += "Connection: keep-alive\r\n";
    out += answer.headers;
    out += "\r\n";
    if (!framing.is_head) out += answer.body;
}

std::string_view AnswerWriter::date_line() {
    const auto now = std::time(nullptr);
    if (now != second_) {
        second_ = now;
        std::tm parts{};
        gmtime_r(&now, &parts);
        std::array<char, 40> line;
        const auto size = std::strftime(line.data(), line.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
        date_line_.assign(line.data(), size);
    }
    return date_line_;
}

Answer answer_to(Refusal why) {
    const auto problem = problem_of(why);
    Answer answer;
    answer.status = problem.status;
    answer.content_type = "application/problem+json";
    answer.headers = problem.headers;
    answer.close = true;
    answer.body.append(R"({"type":"about:blank","title":")").append(problem.title).append(R"(","status":)");
    append_number(answer.body, problem.status);
    answer.body += '}';
    return answer;
}

} // namespace webhookd::http
