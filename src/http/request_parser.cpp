#include "http/request_parser.hpp"

#include "http/characters.hpp"
#include "http/request_rules.hpp"
#include "webhookd/base/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <limits>

namespace webhookd::http {
namespace {

namespace beast_http = boost::beast::http;

/// Of all chunks of a body together: nobody needs any, and they cost the reader more than the writer.
constexpr std::uint64_t max_extension_bytes = 4096;

/// "HTTP/2.0" and the like are a version we do not speak; anything else in its place is not HTTP.
bool names_a_version(std::string_view head) noexcept {
    const auto line = head.substr(0, head.find("\r\n"));
    const auto space = line.rfind(' ');
    if (space == std::string_view::npos || std::count(line.begin(), line.end(), ' ') != 2) return false;
    const auto version = line.substr(space + 1);
    return version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' &&
           is_digits(version.substr(5, 1)) && is_digits(version.substr(7, 1));
}

Refusal refusal_of(const boost::beast::error_code& error, std::string_view head) noexcept {
    if (error == beast_http::error::bad_version && names_a_version(head)) return Refusal::version;
    return Refusal::malformed;
}

} // namespace

RequestParser::RequestParser(std::string_view picked_header) noexcept : picked_header_(picked_header) {
    // Both limits are ours: of the head before the parser sees it, of the body with an answer from the handler.
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
}

RequestParser::Step RequestParser::read_head(std::string_view bytes) {
    switch (end_.look(bytes)) {
    case HeadEnd::Found::not_yet:
        return Step::more;
    case HeadEnd::Found::malformed:
        return refused(Refusal::malformed);
    case HeadEnd::Found::too_many_lines:
        return refused(Refusal::header_too_large);
    case HeadEnd::Found::here:
        break;
    }
    const auto head = end_.head(bytes);
    fields_ = head.substr(head.find('\n') + 1);
    error_code error;
    const auto used = put(asio::buffer(head.data(), head.size()), error);
    if (error) return refused(refusal_.value_or(refusal_of(error, head)));
    if (used != head.size()) return refused(Refusal::malformed);
    return Step::done;
}

void RequestParser::on_request_impl(beast_http::verb, string_view method, string_view target, int version,
                                    error_code& error) {
    head_.method = method;
    version_ = version;
    const auto parts = split_target(target, method);
    if (!parts) return refuse(Refusal::malformed, error);
    head_.path = parts->path;
    head_.query = parts->query;
}

void RequestParser::on_field_impl(field name, string_view name_text, string_view value, error_code& error) {
    if (head_done_) return; // a trailer: nothing in it is believed
    switch (name) {
    case field::host:
        ++hosts_;
        if (!is_host(value)) refuse(Refusal::bad_host, error);
        break;
    case field::content_length:
        ++content_lengths_;
        if (!is_digits(value)) refuse(Refusal::malformed, error);
        break;
    case field::transfer_encoding:
        ++transfer_encodings_;
        if (!equals_ignoring_case(value, "chunked")) refuse(Refusal::malformed, error);
        break;
    case field::connection:
        // Beast forgets it in HTTP/1.0 where keep-alive is asked for as well.
        asks_to_close_ = asks_to_close_ || has_option(value, "close");
        break;
    case field::content_type:
        ++content_types_;
        head_.content_type = value;
        break;
    case field::content_encoding:
        if (!value.empty() && !equals_ignoring_case(value, "identity")) refuse(Refusal::content_coding, error);
        break;
    case field::expect:
        if (!equals_ignoring_case(value, "100-continue")) refuse(Refusal::expectation, error);
        expects_continue_ = true;
        break;
    default:
        if (equals_ignoring_case(name_text, picked_header_)) {
            if (head_.signature_count++ == 0) head_.signature = value;
        } else if (equals_ignoring_case(name_text, "X-Forwarded-For")) {
            has_forwarded_for_ = true;
        }
        break;
    }
}

void RequestParser::on_header_impl(error_code& error) {
    head_done_ = true;
    if (hosts_ > 1 || (hosts_ == 0 && version_ == 11)) return refuse(Refusal::bad_host, error);
    if (content_lengths_ > 1 || transfer_encodings_ > 1 || content_types_ > 1) return refuse(Refusal::malformed, error);
    if (transfer_encodings_ > 0 && (content_lengths_ > 0 || version_ == 10)) return refuse(Refusal::malformed, error);
    if (version_ == 10) expects_continue_ = false;
    if (transfer_encodings_ == 0) head_.content_length = content_length().value_or(0);
    head_.source = this;
    head_.find = &RequestParser::find_field;
}

std::size_t RequestParser::on_body_impl(string_view, error_code& error) {
    error = beast_http::error::bad_value; // a body of known length is not for the parser to read
    return 0;
}

RequestParser::Step RequestParser::read_chunks(std::string_view bytes, std::size_t& used, Buffer& body,
                                               std::uint64_t max_body) {
    body_ = &body;
    max_body_ = max_body;
    used = 0;
    // Beast asserts that the end of a body is not given to it twice with fewer bytes than the shortest one has.
    constexpr std::size_t shortest_end = std::string_view("0\r\n\r\n").size();
    while (!is_done()) {
        if (bytes.size() - used < shortest_end) return Step::more;
        error_code error;
        const auto n = put(asio::buffer(bytes.data() + used, bytes.size() - used), error);
        used += n;
        if (error == beast_http::error::need_more) return Step::more;
        if (error) return refused(refusal_.value_or(refusal_of(error, {})));
    }
    return Step::done;
}

void RequestParser::on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code& error) {
    error = {};
    extension_bytes_ += extensions.size();
    if (extension_bytes_ > max_extension_bytes) return refuse(Refusal::malformed, error);
    // Beast lets line ends stand in quotes. To whoever ends a line at them another chunk would begin there.
    if (!std::all_of(extensions.begin(), extensions.end(), is_text)) return refuse(Refusal::malformed, error);
    if (size > max_body_ || body_->size() > max_body_ - size) return refuse(Refusal::body_too_large, error);
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view body, error_code& error) {
    error = {};
    body_->append(body);
    return body.size();
}

void RequestParser::refuse(Refusal why, error_code& error) noexcept {
    refusal_ = why;
    error = beast_http::error::bad_value; // any error stops the parser; ours says why
}

RequestParser::Step RequestParser::refused(Refusal why) noexcept {
    why_ = why;
    return Step::refused;
}

std::string_view RequestParser::find_field(const void* parser, std::string_view name) {
    auto lines = static_cast<const RequestParser*>(parser)->fields_;
    while (const auto field = take_field(lines))
        if (equals_ignoring_case(field->name, name)) return field->value;
    return {};
}

std::optional<Field> take_field(std::string_view& lines) noexcept {
    const auto end = lines.find("\r\n");
    const auto colon = lines.find(':');
    if (end == std::string_view::npos || colon >= end) return std::nullopt; // the empty line at the end has no colon
    const Field field{lines.substr(0, colon), trim(lines.substr(colon + 1, end - colon - 1))};
    lines.remove_prefix(end + 2);
    return field;
}

} // namespace webhookd::http
