#pragma once

#include "webhookd/http/counters.hpp"
#include "webhookd/http/message.hpp"

#include <ctime>
#include <string>
#include <string_view>

namespace webhookd::http {

/// Answers to bytes. One per thread: it keeps the Date line of the second.
class AnswerWriter {
public:
    struct Framing {
        bool is_http_1_0 = false;
        bool is_head = false; // answer to HEAD: the length of the body, not the body
        bool close = false;
    };

    /// Appends the whole answer to `out`.
    void write(std::string& out, const Answer& answer, Framing framing);

private:
    std::string_view date_line();
    std::time_t second_ = 0;
    std::string date_line_;
};

/// What the listener itself answers; application/problem+json (RFC 9457), holds nothing of the request.
Answer answer_to(Refusal why);

/// The interim answer to Expect: 100-continue.
inline constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

} // namespace webhookd::http
