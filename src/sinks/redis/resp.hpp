#pragma once

#include "webhookd/sink/sink.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// The protocol of Redis (RESP2), as far as the sink needs it. Pure.
namespace webhookd::sinks::redis {

/// Appends a command in the form that may hold any bytes.
void append_command(std::string& out, std::initializer_list<std::string_view> words);
/// The same in pieces: how many words there are, then each of them.
void append_count(std::string& out, std::size_t words);
void append_word(std::string& out, std::string_view word);

struct Reply {
    enum class Kind : std::uint8_t { text, error, none } kind = Kind::none; // text: of +, : or $; none: a null
    std::string_view text;
    std::size_t length = 0; // of the whole reply
};
enum class Parse : std::uint8_t { whole, partial, malformed };
/// Reads the reply at the front of `bytes`. Arrays are never asked for, so they are malformed.
Parse parse_reply(std::string_view bytes, Reply& reply);

/// A server that says this refuses everything at the moment, whatever the command was: loading, read-only, out of
/// memory, not allowed in. Others mean the command.
bool concerns_all(std::string_view error);

/// The location of a server.
struct Location {
    bool tls = false;
    std::string host;
    std::string port;
    std::string user, password;
    std::string database; // "" for the usual one
};
Result<Location> parse_url(std::string_view text);

} // namespace webhookd::sinks::redis
