#pragma once

#include "http/buffer.hpp"
#include "http/head_end.hpp"
#include "webhookd/http/counters.hpp"
#include "webhookd/http/message.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace webhookd::http {

/// Reads one request out of the bytes of a connection: Beast's parser, used without its containers (nothing is copied
/// or allocated for a head), with the checks it leaves to others. What two parsers could frame differently is refused.
class RequestParser : private boost::beast::http::basic_parser<true> {
public:
    enum class Step : std::uint8_t { more, done, refused };

    /// `picked_header` is found as RequestHead::signature.
    explicit RequestParser(std::string_view picked_header) noexcept;

    /// Tries to read the head from `bytes`: everything received from the first byte of the request on. They must stay
    /// where they are while the head is in use.
    Step read_head(std::string_view bytes);
    std::size_t head_size() const noexcept { return end_.size(); }
    /// Whether the first line of a head that is not all here is.
    bool has_request_line() const noexcept { return end_.has_request_line(); }
    RequestHead& head() noexcept { return head_; }

    bool is_http_1_0() const noexcept { return version_ == 10; }
    bool wants_keep_alive() const { return keep_alive() && !asks_to_close_; }
    bool expects_continue() const noexcept { return expects_continue_; }
    bool has_forwarded_for() const noexcept { return has_forwarded_for_; }
    bool is_chunked() const { return chunked(); }
    /// The raw field lines, for take_field.
    std::string_view fields() const noexcept { return fields_; }

    /// Decodes chunks from `bytes` (which follow the head, or what was used before) into `body`; `used` says how many
    /// bytes are done with. Wants the same bytes again, and more, where some are left over.
    Step read_chunks(std::string_view bytes, std::size_t& used, Buffer& body, std::uint64_t max_body);

    /// Why a step was refused.
    Refusal why() const noexcept { return why_; }

private:
    using Base = boost::beast::http::basic_parser<true>;
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;
    using field = boost::beast::http::field;

    void on_request_impl(boost::beast::http::verb, string_view method, string_view target, int version,
                         error_code& error) override;
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(field name, string_view name_text, string_view value, error_code& error) override;
    void on_header_impl(error_code& error) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code& error) override { error = {}; }
    std::size_t on_body_impl(string_view body, error_code& error) override;
    void on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code& error) override;
    std::size_t on_chunk_body_impl(std::uint64_t remain, string_view body, error_code& error) override;
    void on_finish_impl(error_code& error) override { error = {}; }

    void refuse(Refusal why, error_code& error) noexcept;
    Step refused(Refusal why) noexcept;
    static std::string_view find_field(const void* parser, std::string_view name);

    std::string_view picked_header_;
    HeadEnd end_;
    std::string_view fields_; // the raw field lines
    RequestHead head_;
    int version_ = 0;
    std::uint16_t hosts_ = 0;
    std::uint16_t content_lengths_ = 0;
    std::uint16_t transfer_encodings_ = 0;
    std::uint16_t content_types_ = 0;
    bool expects_continue_ = false;
    bool has_forwarded_for_ = false;
    bool asks_to_close_ = false;
    bool head_done_ = false;
    std::optional<Refusal> refusal_;
    Refusal why_ = Refusal::malformed;

    // While chunks are read.
    Buffer* body_ = nullptr;
    std::uint64_t max_body_ = 0;
    std::uint64_t extension_bytes_ = 0;
};

struct Field {
    std::string_view name;
    std::string_view value;
};
/// Takes the first line off a block of well-formed field lines; nothing at its end.
std::optional<Field> take_field(std::string_view& lines) noexcept;

} // namespace webhookd::http
