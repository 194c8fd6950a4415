#include "http/connection.hpp"

#include "http/clock.hpp"
#include "http/forwarded_for.hpp"
#include "http/intake.hpp"
#include "http/proxy_header.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <new>
#include <spdlog/spdlog.h>

namespace webhookd::http {
namespace {

constexpr std::size_t first_input =
    Buffer::page - Buffer::padding; // a message of Flagsmith's with its head mostly fits
constexpr Duration longest_draining{1000};
constexpr Duration rests_after{1000};   // when idle for so long, memory is given back
constexpr Duration grace_of_rate{5000}; // min_rate counts after this
constexpr Duration longest_fresh_when_draining{1000};

/// A handler that throws has a bug, or there is no memory: then the event may be sent again, as it is without an
/// answer.
Answer internal_error(const std::exception& error) {
    spdlog::error("handling a request: {}", error.what());
    Answer answer;
    answer.status = 500;
    answer.close = true;
    answer.drop = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
    return answer;
}

} // namespace

Connection::Connection(Intake& intake, Socket socket, SslPointer ssl, const Accepted& accepted)
    : intake_(intake), shared_(intake.shared()), limits_(intake.limits()), stream_(std::move(socket), std::move(ssl)),
      client_(accepted.peer), is_local_(accepted.is_unix) {
    inflight_.intake = &intake;
    enter(Phase::fresh);
    intake_.enroll(*this);
}

Connection::~Connection() {
    if (inflight_.is_linked()) shared_.inflight.leave(inflight_);
    intake_.dismiss(*this);
}

// --- times -----------------------------------------------------------------------------------------------------------

void Connection::enter(Phase phase) noexcept {
    const auto allowance = [&] {
        switch (phase) {
        case Phase::proxy_header:
        case Phase::fresh:
        case Phase::head:
            return limits_->header_timeout;
        case Phase::handshake:
            return limits_->handshake_timeout;
        case Phase::idle:
            return limits_->idle_timeout;
        case Phase::body:
        case Phase::sending:
            return limits_->body_timeout;
        case Phase::lingering:
            return longest_draining;
        case Phase::handling:
            break;
        }
        return Duration::zero();
    }();
    phase_ = phase;
    end_ = End::none;
    is_resting_ = false;
    since_ = coarse_now();
    deadline_ = phase == Phase::handling ? SteadyTime::max() : since_ + allowance;
    if (has_nothing_in_hand())
        intake_.becomes_idle(*this);
    else
        intake_.becomes_busy(*this);
}

void Connection::end(End why) noexcept {
    // What the connection waited for may have just happened, and its coroutine be about to go on: then there is nothing
    // to cancel. It looks at end_ before it waits again in the same phase, and the sweep comes again.
    if (end_ == End::none) end_ = why;
    stream_.cancel();
}

void Connection::look_after(SteadyTime now) {
    if (phase_ == Phase::body) {
        if (inflight_.is_given_up.load(std::memory_order_relaxed)) return end(End::inflight);
        const auto elapsed = std::chrono::duration_cast<Duration>(now - since_);
        const auto received = inflight_.received.load(std::memory_order_relaxed);
        const auto due = limits_->min_rate.bytes * static_cast<std::uint64_t>(elapsed.count()) / 1000;
        if (elapsed >= grace_of_rate && received < due) return end(End::too_slow);
    }
    if (deadline_ <= now) return end(End::timeout);
    if (phase_ == Phase::idle && !is_resting_ && now - since_ >= rests_after) {
        is_resting_ = true;
        input_.rest();
        body_.rest();
    }
}

void Connection::drain(SteadyTime now) {
    if (phase_ == Phase::idle) return end(End::drained);
    // Whoever has just connected is about to send; whoever has said nothing for a while will not be waited for.
    if (phase_ == Phase::fresh) deadline_ = std::min(deadline_, now + longest_fresh_when_draining);
}

// --- before the first request ----------------------------------------------------------------------------------------

Task<> Connection::run() {
    bool goes_on = true; // named: g++ 12 miscompiles a co_await inside a condition
    if (limits_->proxy_protocol && is_proxy()) goes_on = co_await read_proxy_header();
    if (goes_on && stream_.is_tls()) goes_on = co_await shake_hands();
    if (goes_on && input_.empty()) enter(Phase::fresh);
    if (goes_on) co_await serve_requests();
}

Task<bool> Connection::read_proxy_header() {
    enter(Phase::proxy_header);
    input_.reserve(first_input);
    ProxyHeader header;
    for (;;) {
        const auto step = http::read_proxy_header(input_.view(), header);
        if (step == ProxyHeaderStep::done) break;
        if (step == ProxyHeaderStep::malformed) {
            shared_.counters.of(Refusal::proxy_header).add();
            co_return false;
        }
        if (input_.room().empty()) input_.reserve(max_proxy_header + first_input);
        const auto [error, n] = co_await stream_.read_raw(input_.room());
        if (error) co_return co_await give_up();
        input_.commit(n);
    }
    input_.consume(header.size);
    if (header.client) {
        client_ = *header.client;
        is_local_ = false;
    }
    co_return true;
}

Task<bool> Connection::shake_hands() {
    enter(Phase::handshake);
    std::string received(input_.view()); // behind a PROXY header
    input_.consume(input_.size());
    const auto outcome = co_await stream_.handshake(std::move(received));
    switch (outcome) {
    case Stream::Handshake::done:
        shared_.counters.handshakes.add();
        co_return true;
    case Stream::Handshake::plain_http: {
        shared_.counters.of(Refusal::plain_on_tls).add();
        std::string answer;
        intake_.answer_writer().write(answer, answer_to(Refusal::plain_on_tls), {.close = true});
        stream_.send_raw(answer);
        co_return co_await close(true);
    }
    case Stream::Handshake::failed:
        shared_.counters.of(Refusal::handshake).add();
        co_return co_await close(true); // so that the alert is seen
    case Stream::Handshake::broken_off:
        break;
    }
    shared_.counters
        .of(end_ == End::timeout     ? Refusal::handshake_timeout
            : end_ == End::made_room ? Refusal::made_room
                                     : Refusal::handshake)
        .add();
    co_return false;
}

// --- requests --------------------------------------------------------------------------------------------------------

Task<bool> Connection::serve_requests() {
    for (;;) {
        auto& parser = parser_.emplace(shared_.settings.picked_header);

        // The head.
        for (;;) {
            if (!input_.empty()) {
                if (phase_ != Phase::head) {
                    limits_ = intake_.limits();
                    enter(Phase::head);
                }
                const auto step = parser.read_head(input_.view());
                if (step == RequestParser::Step::refused) co_return co_await refuse(parser.why());
                if (step == RequestParser::Step::done) break;
                if (input_.size() >= limits_->max_header.bytes)
                    co_return co_await refuse(parser.has_request_line() ? Refusal::header_too_large
                                                                        : Refusal::target_too_long);
            }
            make_room_for_head();
            ErrorCode error;
            std::size_t n = 0;
            if (stream_.is_tls())
                std::tie(error, n) = co_await stream_.read(input_.room());
            else
                std::tie(error, n) = co_await stream_.read_raw(input_.room());
            if (error) co_return co_await give_up();
            input_.commit(n);
        }
        const std::size_t head_size = parser.head_size();
        if (head_size > limits_->max_header.bytes)
            co_return co_await refuse(head_size - parser.fields().size() > limits_->max_header.bytes
                                          ? Refusal::target_too_long
                                          : Refusal::header_too_large);
        auto& head = parser.head();
        resolve_client();
        shared_.counters.requests.add();

        // What the handler says to it.
        std::shared_ptr<const void> state;
        auto decision = shared_.handler.on_head(head, state);
        const std::uint64_t length = head.content_length.value_or(0);
        bool is_here = head.content_length && length <= input_.size() - head_size;
        if (decision.answer) {
            if (parser.is_chunked()) {
                const auto refusal = look_at_chunks(is_here);
                if (refusal) co_return co_await refuse(*refusal);
            }
            const bool last = decision.answer->close || !is_here || is_last_request();
            bool is_sent = send(*decision.answer, last);
            if (!is_sent) is_sent = co_await flush();
            if (!is_sent) co_return false;
            const bool is_all =
                is_here && (parser.is_chunked() ? chunks_.empty() : input_.size() == head_size + length);
            if (last) co_return co_await close(!is_all);
            finish_request(head_size + length);
            continue;
        }
        if (length > decision.max_body) co_return co_await refuse(Refusal::body_too_large);

        // The body.
        std::string_view body;
        if (is_here) {
            body = input_.view().substr(head_size, length);
        } else {
            const bool is_whole = co_await receive_body(decision.max_body);
            if (!is_whole) co_return false;
            body = body_.empty() ? input_.view().substr(head_size, length) : body_.view();
        }

        // The answer.
        enter(Phase::handling);
        Answer answer;
        try {
            answer = co_await shared_.handler.handle(head, body, std::move(state));
        } catch (const boost::system::system_error& error) {
            if (error.code() == asio::error::operation_aborted) throw; // a firm stop
            answer = internal_error(error);
        } catch (const std::exception& error) {
            answer = internal_error(error);
        }
        if (answer.drop) co_return false;
        const bool last = answer.close || is_last_request();
        bool is_sent = send(answer, last);
        if (!is_sent) is_sent = co_await flush();
        if (!is_sent) co_return false;
        finish_request(head_size + length);
        if (last) co_return co_await close(!input_.empty());
    }
}

void Connection::make_room_for_head() {
    if (!input_.room().empty()) return;
    input_.compact();
    if (!input_.room().empty()) return;
    input_.reserve(std::max(first_input, std::min(2 * input_.capacity(), limits_->max_header.bytes + 1)));
}

bool Connection::is_last_request() const {
    return !parser_->wants_keep_alive() || shared_.announces_end.load(std::memory_order_relaxed);
}

/// Makes the connection ready for its next request.
void Connection::finish_request(std::size_t size) noexcept {
    if (parser_->is_chunked()) {
        std::swap(input_, chunks_); // what follows the last chunk is the next request
        chunks_.release();
    } else {
        input_.consume(std::min(size, input_.size()));
    }
    body_.consume(body_.size());
    if (body_.capacity() > kept_body) body_.release();
    if (inflight_.is_linked()) shared_.inflight.leave(inflight_);
    if (!input_.empty()) return;
    if (input_.capacity() > 2 * first_input) input_.release();
    enter(Phase::idle);
}

/// Whether client_ is believed to say for whom it speaks.
bool Connection::is_proxy() const {
    const auto& trusted = limits_->trusted_proxies;
    return is_local_ ? !trusted.empty() : trusted.contains(client_);
}

void Connection::resolve_client() {
    auto& head = parser_->head();
    head.client = parser_->has_forwarded_for() && is_proxy()
                      ? forwarded_client(client_, parser_->fields(), limits_->trusted_proxies)
                      : client_;
}

// --- answers and ends ------------------------------------------------------------------------------------------------

/// Sends an answer as far as it goes at once; false where something is left for `flush`, or the peer is gone.
bool Connection::send(const Answer& answer, bool close) {
    auto& out = intake_.scratch();
    out.clear();
    intake_.answer_writer().write(
        out, answer,
        {.is_http_1_0 = parser_->is_http_1_0(), .is_head = parser_->head().method == "HEAD", .close = close});
    std::string_view rest = out;
    if (stream_.send(rest)) {
        unsent_.clear();
        return false;
    }
    if (rest.empty()) return true;
    unsent_ = rest;
    return false;
}

/// Sends what `send` left over; false where the connection is over.
Task<bool> Connection::flush() {
    if (unsent_.empty()) co_return false;
    enter(Phase::sending);
    std::string_view rest = unsent_;
    while (!rest.empty()) {
        const auto error = co_await stream_.wait_until_writable();
        if (error || end_ != End::none || stream_.send(rest)) co_return false;
    }
    unsent_.clear();
    co_return true;
}

Task<bool> Connection::refuse(Refusal why) {
    shared_.counters.of(why).add();
    const auto answer = answer_to(why);
    bool is_sent = send(answer, true);
    if (!is_sent) is_sent = co_await flush();
    if (!is_sent) co_return false;
    co_return co_await close(true);
}

/// After reading failed: because of the peer, or because the connection was ended from outside.
Task<bool> Connection::give_up() {
    switch (end_) {
    case End::none: // the peer is gone
        break;
    case End::timeout:
        if (phase_ == Phase::body) co_return co_await refuse(Refusal::body_timeout);
        if (phase_ == Phase::head) co_return co_await refuse(Refusal::header_timeout);
        if (phase_ != Phase::idle) shared_.counters.of(Refusal::header_timeout).add();
        co_return co_await close(false);
    case End::too_slow:
        co_return co_await refuse(Refusal::too_slow);
    case End::inflight:
        shared_.counters.of(Refusal::inflight).add();
        break;
    case End::made_room:
        shared_.counters.of(Refusal::made_room).add();
        co_return co_await close(false);
    case End::drained:
        co_return co_await close(false);
    }
    co_return false;
}

/// Ends the connection. `linger`: the peer may still be sending, and closing at once would reset the connection and
/// could take the answer away from it.
Task<bool> Connection::close(bool linger) {
    stream_.say_goodbye();
    if (!linger) co_return false;
    stream_.shut_down_sending();
    enter(Phase::lingering);
    input_.release();
    input_.reserve(first_input);
    for (std::size_t drained = 0; drained < most_drained;) {
        const auto [error, n] = co_await stream_.read_raw(input_.room());
        if (error) break;
        drained += n;
    }
    co_return false;
}

} // namespace webhookd::http
