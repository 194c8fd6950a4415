#include "sinks/http/body.hpp"

#include "webhookd/base/json_text.hpp"
#include "webhookd/base/text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <map>

namespace webhookd::sinks::http {
namespace {

using event::Event;
using event::Format;

constexpr std::array kinds{std::pair{std::string_view("event"), Body::Kind::event},
                           std::pair{std::string_view("ndjson"), Body::Kind::ndjson},
                           std::pair{std::string_view("array"), Body::Kind::array},
                           std::pair{std::string_view("splunk"), Body::Kind::splunk},
                           std::pair{std::string_view("loki"), Body::Kind::loki},
                           std::pair{std::string_view("elasticsearch"), Body::Kind::elasticsearch}};

constexpr bool is_json(Format format) noexcept {
    return format == Format::cloudevents || format == Format::raw;
}

/// One line; raw bodies may have line breaks between their tokens.
void append_line(std::string& out, const Event& event, Format format) {
    if (format == Format::raw)
        append_json_line(out, event.body);
    else
        append_event(out, event, format);
}

/// A JSON value: the event itself, or its line as a string.
void append_value(std::string& out, const Event& event, Format format) {
    if (is_json(format)) return append_line(out, event, format);
    std::string line;
    append_event(line, event, format);
    append_json_string(out, line);
}

void append_seconds(std::string& out, Time time) {
    const auto micros = time.time_since_epoch().count();
    auto fraction = std::to_string(1'000'000 + micros % 1'000'000);
    fraction.front() = '.';
    out.append(std::to_string(micros / 1'000'000)).append(fraction);
}

void append_array(std::string& out, std::span<const Event> events, Format format) {
    char separator = '[';
    for (const auto& event : events) {
        out += std::exchange(separator, ',');
        append_value(out, event, format);
    }
    out += ']';
}

/// Objects behind each other, as HEC takes them; `fields` can be searched without parsing the event.
void append_splunk(std::string& out, std::span<const Event> events, Format format) {
    for (const auto& event : events) {
        out += R"({"time":)";
        append_seconds(out, event.received);
        out += R"(,"source":"flagsmith-webhookd","sourcetype":)";
        append_json_string(out, event.attributes.get_or(Attribute::type, "com.flagsmith.unknown"));
        out += R"(,"event":)";
        append_value(out, event, format);
        out += R"(,"fields":{"id":")";
        append_id(out, event.id);
        out += '"';
        for (const auto attribute : {Attribute::environment, Attribute::project, Attribute::flag}) {
            const auto value = event.attributes.get(attribute);
            if (!value || value->empty()) continue;
            out.append(",\"").append(info(attribute).name).append("\":");
            append_json_string(out, *value);
        }
        out += "}}\n";
    }
}

/// One stream for each type and environment: few labels with few values, as Loki wants them; the rest is in the line.
void append_loki(std::string& out, std::span<const Event> events, Format format) {
    std::map<std::string, std::string> streams; // labels and values
    std::string line;
    for (const auto& event : events) {
        std::string labels = R"({"service_name":"flagsmith-webhookd","type":)";
        append_json_string(labels, event.attributes.get_or(Attribute::type, "com.flagsmith.unknown"));
        if (const auto environment = event.attributes.get(Attribute::environment)) {
            labels += R"(,"environment":)";
            append_json_string(labels, *environment);
        }
        labels += '}';
        auto& values = streams[labels];
        values.append(values.empty() ? "[\"" : ",[\"")
            .append(std::to_string(event.received.time_since_epoch().count()));
        values += R"(000",)"; // nanoseconds
        line.clear();
        append_line(line, event, format);
        append_json_string(values, line);
        values += ']';
    }
    std::string_view separator = R"({"streams":[{"stream":)";
    for (const auto& [labels, values] : streams) {
        out.append(std::exchange(separator, R"(,{"stream":)"));
        out.append(labels).append(R"(,"values":[)").append(values).append("]}");
    }
    out += "]}";
}

/// `create` under the event's id, so that a repeat changes nothing; with the time where data streams look for it.
void append_elasticsearch(std::string& out, std::span<const Event> events, Format format) {
    for (const auto& event : events) {
        out += R"({"create":{"_id":")";
        append_id(out, event.id);
        out += "\"}}\n{\"@timestamp\":\"";
        append_time(out, event.received);
        out += "\",";
        if (format == Format::cloudevents) {
            const auto begin = out.size();
            append_event(out, event, format);
            out.erase(begin, 1); // its opening brace: ours is there already
        } else {
            out += format == Format::raw ? R"("data":)" : R"("message":)";
            append_value(out, event, format);
            out += '}';
        }
        out += '\n';
    }
}

std::string_view content_type_of(Body::Kind kind, Format format) {
    switch (kind) {
    case Body::Kind::event:
        if (format == Format::cloudevents) return "application/cloudevents+json";
        return format == Format::raw ? "application/json" : "text/plain; charset=utf-8";
    case Body::Kind::array:
        return format == Format::cloudevents ? "application/cloudevents-batch+json" : "application/json";
    case Body::Kind::ndjson:
        return is_json(format) ? "application/x-ndjson" : "text/plain; charset=utf-8";
    case Body::Kind::elasticsearch:
        return "application/x-ndjson";
    case Body::Kind::splunk:
    case Body::Kind::loki:
    case Body::Kind::text:
        break;
    }
    return "application/json";
}

/// A text that begins with a value, "{flag} …", does not.
bool looks_like_json(std::string_view text) {
    text = trim(text);
    if (text.starts_with('[')) return true;
    return text.starts_with('{') && (trim(text.substr(1)).starts_with('"') || trim(text.substr(1)).starts_with('}'));
}

} // namespace

Result<Body> Body::make(std::string_view text, std::string_view content_type, Format format) {
    Body body;
    body.format_ = format;
    for (const auto& [word, kind] : kinds) {
        if (word != text) continue;
        body.kind_ = kind;
        body.content_type_ = content_type_of(kind, format);
        return body;
    }
    body.kind_ = Kind::text;
    body.content_type_ = content_type.empty() ? looks_like_json(text) ? "application/json" : "text/plain; charset=utf-8"
                                              : std::string(content_type);
    auto place = Template::Place::text;
    if (body.content_type_.find("json") != std::string::npos)
        place = Template::Place::json;
    else if (body.content_type_.find("x-www-form-urlencoded") != std::string::npos)
        place = Template::Place::form;
    auto parsed = Template::parse(text, place);
    if (!parsed) return parsed.error();
    if (place == Template::Place::json) {
        std::string filled;
        static_cast<void>(parsed->append(filled, {.body = "{}"}));
        if (!nlohmann::json::accept(filled)) return Error{"makes no JSON when it is filled"};
    }
    body.text_ = std::move(*parsed);
    return body;
}

void Body::append(std::string& out, std::span<const Event> events) const {
    switch (kind_) {
    case Kind::event:
        return append_event(out, events.front(), format_);
    case Kind::ndjson:
        for (const auto& event : events) {
            append_line(out, event, format_);
            out += '\n';
        }
        return;
    case Kind::array:
        return append_array(out, events, format_);
    case Kind::splunk:
        return append_splunk(out, events, format_);
    case Kind::loki:
        return append_loki(out, events, format_);
    case Kind::elasticsearch:
        return append_elasticsearch(out, events, format_);
    case Kind::text:
        static_cast<void>(text_->append(out, events.front())); // only a URL can be unfit
        return;
    }
}

} // namespace webhookd::sinks::http
