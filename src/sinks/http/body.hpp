#pragma once

#include "webhookd/event/format.hpp"
#include "webhookd/sink/template.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace webhookd::sinks::http {

using sink::Template;

/// What a request carries: events in the form that a kind of collector takes, or a text of the user's.
class Body {
public:
    enum class Kind : std::uint8_t {
        event,         // one event
        ndjson,        // a line for each
        array,         // a JSON array
        splunk,        // HTTP Event Collector
        loki,          // push API
        elasticsearch, // bulk API
        text,          // a template
    };

    /// `content_type` is what the user's headers say; it decides how values are put into a template.
    static Result<Body> make(std::string_view text, std::string_view content_type, event::Format format);

    Kind kind() const noexcept { return kind_; }
    /// Whether one request may carry several events.
    bool takes_many() const noexcept { return kind_ != Kind::event && kind_ != Kind::text; }
    /// For requests that do not say it themselves.
    std::string_view content_type() const noexcept { return content_type_; }
    void append(std::string& out, std::span<const event::Event> events) const;

private:
    Kind kind_ = Kind::event;
    event::Format format_ = event::Format::cloudevents;
    std::string content_type_;
    std::optional<Template> text_;
};

} // namespace webhookd::sinks::http
