#include "sinks/redis/resp.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace webhookd::sinks::redis {
namespace {

constexpr std::string_view line_end = "\r\n";
/// More than this no reply of ours has; a length beyond it is nonsense.
constexpr std::int64_t most_reply = 1 << 20;

} // namespace

void append_count(std::string& out, std::size_t words) {
    out.append("*").append(std::to_string(words)).append(line_end);
}

void append_word(std::string& out, std::string_view word) {
    out.append("$").append(std::to_string(word.size())).append(line_end).append(word).append(line_end);
}

void append_command(std::string& out, std::initializer_list<std::string_view> words) {
    append_count(out, words.size());
    for (const auto word : words) append_word(out, word);
}

Parse parse_reply(std::string_view bytes, Reply& reply) {
    if (bytes.empty()) return Parse::partial;
    const auto end = bytes.find(line_end);
    if (end == std::string_view::npos)
        return bytes.size() > static_cast<std::size_t>(most_reply) ? Parse::malformed : Parse::partial;
    const auto line = bytes.substr(1, end - 1);
    const auto behind = end + line_end.size();
    switch (bytes.front()) {
    case '+':
    case ':':
        reply = {Reply::Kind::text, line, behind};
        return Parse::whole;
    case '-':
        reply = {Reply::Kind::error, line, behind};
        return Parse::whole;
    case '$': {
        std::int64_t length = 0;
        const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), length);
        if (error != std::errc() || stop != line.data() + line.size() || length < -1 || length > most_reply)
            return Parse::malformed;
        if (length == -1) {
            reply = {Reply::Kind::none, {}, behind};
            return Parse::whole;
        }
        const auto size = static_cast<std::size_t>(length);
        if (bytes.size() < behind + size + line_end.size()) return Parse::partial;
        if (bytes.substr(behind + size, line_end.size()) != line_end) return Parse::malformed;
        reply = {Reply::Kind::text, bytes.substr(behind, size), behind + size + line_end.size()};
        return Parse::whole;
    }
    default:
        return Parse::malformed;
    }
}

bool concerns_all(std::string_view error) {
    constexpr std::string_view words[] = {"LOADING", "READONLY",   "MASTERDOWN", "CLUSTERDOWN", "OOM",    "MISCONF",
                                          "BUSY",    "NOREPLICAS", "NOAUTH",     "WRONGPASS",   "NOPERM", "WRONGTYPE",
                                          "MOVED",   "ASK",        "TRYAGAIN",   "UNKILLABLE"};
    const auto word = error.substr(0, error.find(' '));
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

Result<Location> parse_url(std::string_view text) {
    const auto url = boost::urls::parse_uri(text);
    if (!url || (url->scheme() != "redis" && url->scheme() != "rediss") || url->host().empty())
        return Error{"is no redis or rediss URL"};
    Location location;
    location.tls = url->scheme() == "rediss";
    location.host = url->host_type() == boost::urls::host_type::ipv6 ? url->host_address() : url->host();
    location.port = url->has_port() ? std::string(url->port()) : "6379";
    location.user = url->user();
    location.password = url->password();
    location.database = url->path();
    if (location.database.starts_with('/')) location.database.erase(0, 1);
    const bool is_number =
        location.database.size() <= 5 && location.database.find_first_not_of("0123456789") == std::string::npos;
    if (!is_number) return Error{"has a path that is no number of a database"};
    return location;
}

} // namespace webhookd::sinks::redis
