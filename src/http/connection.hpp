#pragma once

#include "http/answer_writer.hpp"
#include "http/buffer.hpp"
#include "http/inflight.hpp"
#include "http/request_parser.hpp"
#include "http/stream.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace webhookd::http {

class Intake;
struct Accepted;
struct Limits;
struct Shared;

struct AllTag;
struct IdleTag;
using AllHook = boost::intrusive::list_base_hook<boost::intrusive::tag<AllTag>>;
using IdleHook = boost::intrusive::list_base_hook<boost::intrusive::tag<IdleTag>>;

/// One connection from its first byte to its end; lives in the frame of its coroutine.
class Connection : public AllHook, public IdleHook {
public:
    Connection(Intake& intake, Socket socket, SslPointer ssl, const Accepted& accepted);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Task<> run();

    /// What a connection is ended for from outside.
    enum class End : std::uint8_t { none, timeout, too_slow, inflight, made_room, drained };
    void end(End why) noexcept;
    /// The sweep: whether a time is over.
    void look_after(SteadyTime now);
    void drain(SteadyTime now);
    SteadyTime since() const noexcept { return since_; } // of the phase

private:
    enum class Phase : std::uint8_t {
        // With nothing in hand:
        proxy_header,
        handshake,
        fresh, // nothing was received yet
        idle,  // between two requests
        // With something:
        head,
        body,
        handling, // the handler's; has no deadline of ours
        sending,
        lingering,
    };
    void enter(Phase phase) noexcept;
    /// Whether nothing is lost where it makes room for another connection.
    bool has_nothing_in_hand() const noexcept { return phase_ <= Phase::idle; }

    Task<bool> read_proxy_header();
    Task<bool> shake_hands();
    /// One request and its answer after the other, until false: the connection shall end. One coroutine for all of
    /// them, because a frame for each request shows in the cost of an event.
    Task<bool> serve_requests();
    void make_room_for_head();
    bool is_last_request() const;
    void finish_request(std::size_t size) noexcept;

    // connection_body.cpp
    static constexpr std::size_t kept_body = 16 << 10;    // a body buffer up to this stays with the connection
    static constexpr std::size_t most_drained = 64 << 10; // of what a sender still sends after its answer
    Task<bool> receive_body(std::uint64_t max_body);
    Task<bool> receive_chunks(std::uint64_t max_body);
    std::optional<Refusal> look_at_chunks(bool& are_whole);
    void charge_body();

    bool is_proxy() const;
    void resolve_client();
    bool send(const Answer& answer, bool close);
    Task<bool> flush();
    // These end the connection, and say false.
    Task<bool> refuse(Refusal why);
    Task<bool> give_up();
    Task<bool> close(bool linger);

    Intake& intake_;
    Shared& shared_;
    std::shared_ptr<const Limits> limits_; // a request keeps those it began with
    Stream stream_;
    asio::ip::address client_; // the peer, or whom a PROXY header names
    bool is_local_;            // came over a unix socket, and no PROXY header has named another one
    Phase phase_ = Phase::fresh;
    End end_ = End::none;
    bool is_resting_ = false; // idle for a while
    SteadyTime since_;
    SteadyTime deadline_ = SteadyTime::max();

    std::optional<RequestParser> parser_;
    Buffer input_;  // the head, and the body where it fits behind it
    Buffer chunks_; // what follows the head of a chunked request
    Buffer body_;   // one that does not fit, or was chunked
    InflightBody inflight_;
    std::string unsent_; // the rest of an answer that the socket did not take at once
};

} // namespace webhookd::http
