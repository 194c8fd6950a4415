#pragma once

#include "http/proxy_header.hpp"
#include "http/request_parser.hpp"
#include "webhookd/base/text.hpp"

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// What must hold for any bytes that come over a connection.
namespace webhookd::http {

/// Reads one request from bytes that arrive `piece` at a time, as a connection does it.
class FedParser {
public:
    explicit FedParser(std::string_view bytes, std::size_t piece) {
        // Memory that ends where the bytes end, so that reading beyond them is noticed.
        const std::unique_ptr<char[]> exact(new char[bytes.size()]);
        std::memcpy(exact.get(), bytes.data(), bytes.size());
        const std::string_view all(exact.get(), bytes.size());

        std::size_t arrived = 0;
        while (step_ == RequestParser::Step::more && arrived < all.size()) {
            arrived = std::min(arrived + piece, all.size());
            step_ = parser_.read_head(all.substr(0, arrived));
        }
        if (step_ != RequestParser::Step::done) return;
        auto& head = parser_.head();
        consumed_ = parser_.head_size();
        framing_ = std::string(head.method) + ' ' + std::string(head.path) + ' ' + std::string(head.query) + ' ' +
                   std::string(head.content_type) + ' ' + std::string(head.signature);
        fields_ = parser_.fields();
        if (!parser_.is_chunked()) {
            const auto length = *head.content_length;
            if (length > all.size() - consumed_)
                step_ = RequestParser::Step::more;
            else
                body_ = all.substr(consumed_, length);
            consumed_ += body_.size();
            return;
        }
        step_ = RequestParser::Step::more;
        std::size_t from = consumed_;
        arrived = std::max(arrived, from);
        for (;;) {
            if (arrived > from) {
                std::size_t used = 0;
                Buffer window; // what is wanted again must be given again, at another place
                window.append(all.substr(from, arrived - from));
                step_ = parser_.read_chunks(window.view(), used, decoded_, max_body);
                from += used;
                if (step_ != RequestParser::Step::more) break;
            }
            if (arrived == all.size()) break;
            arrived = std::min(arrived + piece, all.size());
        }
        consumed_ = from;
        body_ = decoded_.view();
    }

    static constexpr std::uint64_t max_body = 1 << 16;

    RequestParser::Step step() const { return step_; }
    Refusal why() const { return parser_.why(); }
    const std::string& framing() const { return framing_; }
    const std::string& body() const { return body_; }
    std::size_t consumed() const { return consumed_; }

    /// What contradicts the strictest reading of an accepted head, or nothing.
    std::string doubt() {
        std::string_view lines = fields_;
        unsigned lengths = 0, encodings = 0, hosts = 0;
        while (const auto field = take_field(lines)) {
            if (equals_ignoring_case(field->name, "Content-Length")) {
                ++lengths;
                if (field->value.empty() || field->value.find_first_not_of("0123456789") != std::string_view::npos)
                    return "a length that is no number";
            } else if (equals_ignoring_case(field->name, "Transfer-Encoding")) {
                ++encodings;
                if (!equals_ignoring_case(field->value, "chunked")) return "an encoding that is not chunked";
            } else if (equals_ignoring_case(field->name, "Host")) {
                ++hosts;
            }
            if (field->name.find_first_of(" \t\r\n") != std::string_view::npos) return "a name with space in it";
        }
        if (lines != "\r\n") return "a line that is no field";
        if (lengths + encodings > 1) return "framed twice";
        if (hosts > 1 || (hosts == 0 && !parser_.is_http_1_0())) return "not one Host";
        if (encodings > 0 && parser_.is_http_1_0()) return "chunks in HTTP/1.0";
        if (fields_.find('\0') != std::string::npos) return "a NUL in a field";
        return {};
    }

private:
    RequestParser parser_{"X-Flagsmith-Signature"};
    RequestParser::Step step_ = RequestParser::Step::more;
    Buffer decoded_;
    std::string framing_, fields_, body_;
    std::size_t consumed_ = 0;
};

/// What is wrong with how a request is read, or nothing.
inline std::string request_complaint(std::string_view bytes) {
    FedParser whole(bytes, bytes.size() + 1);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{64}}) {
        if (bytes.size() / piece > 4096) continue;
        FedParser pieces(bytes, piece);
        if (pieces.step() != whole.step()) return "how the bytes arrive decides what is read";
        if (whole.step() == RequestParser::Step::refused && pieces.why() != whole.why())
            return "how the bytes arrive decides why they are refused";
        if (whole.step() != RequestParser::Step::done) continue;
        if (pieces.framing() != whole.framing() || pieces.body() != whole.body() ||
            pieces.consumed() != whole.consumed())
            return "how the bytes arrive decides what the request is";
    }
    if (whole.step() != RequestParser::Step::done) return {};
    if (whole.consumed() > bytes.size()) return "more was read than there is";
    return whole.doubt();
}

/// What is wrong with how a PROXY header is read, or nothing.
inline std::string proxy_header_complaint(std::string_view bytes) {
    ProxyHeader whole;
    const auto step = read_proxy_header(bytes, whole);
    for (std::size_t n = 0; n <= std::min<std::size_t>(bytes.size(), 600); ++n) {
        const std::string part(bytes.substr(0, n)); // a copy, so that reading beyond it is noticed
        ProxyHeader header;
        const auto partial = read_proxy_header(part, header);
        if (partial == ProxyHeaderStep::more) continue;
        if (partial != step) return "how the bytes arrive decides what is read";
        if (step == ProxyHeaderStep::malformed) return {};
        if (header.size != whole.size || header.client != whole.client) return "the header is read in two ways";
        if (header.size > n) return "more was read than there is";
        return {};
    }
    return {};
}

} // namespace webhookd::http
