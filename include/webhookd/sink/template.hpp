#pragma once

#include "webhookd/base/result.hpp"
#include "webhookd/event/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webhookd::sink {

/// A text with {flag}, {environment}, {id} … in it, for which the values of an event are put in, encoded so that no
/// value can break out of its place. {{ stands for a brace.
class Template {
public:
    enum class Place : std::uint8_t {
        url,    // path or query: percent-encoded; a value that is missing, empty, "." or ".." makes no URL
        header, // percent-encoded where it is not printable ASCII, as CloudEvents has it
        form,   // of application/x-www-form-urlencoded
        json,   // escaped inside a string, elsewhere a whole value: "text", true, null; {data} is the body itself
        text,   // control characters escaped
        slack,  // … and & < > as Slack wants them
        token,  // one token of a subject of NATS: what has a meaning there becomes _
    };

    /// The error names what is wrong with the text: an unknown name, a brace that is not closed.
    static Result<Template> parse(std::string_view text, Place place);

    bool is_constant() const noexcept;
    /// Appends the text for an event; an error where the event does not have what a URL needs.
    Result<> append(std::string& out, const event::Event& event) const;

private:
    struct Piece {
        std::string literal; // or, where it is empty:
        enum class Value : std::uint8_t { id, time, data, attribute } value = Value::id;
        Attribute attribute = Attribute::type;
        bool is_in_string = false; // of JSON
    };
    static std::optional<Piece> piece_of(std::string_view name);
    void append_encoded(std::string& out, const Piece& piece, std::string_view value) const;

    Place place_ = Place::text;
    std::vector<Piece> pieces_;
};

/// Percent-encodes everything but the unreserved characters of RFC 3986.
void append_percent_encoded(std::string& out, std::string_view text);
/// Control characters escaped, and & < > for Slack.
void append_slack_text(std::string& out, std::string_view text);
/// For a header: percent-encodes what is not printable ASCII, and space, quote and percent.
void append_header_encoded(std::string& out, std::string_view text);

} // namespace webhookd::sink
