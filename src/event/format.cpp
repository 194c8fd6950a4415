#include "webhookd/event/format.hpp"

#include "event/line.hpp"

#include "webhookd/base/text.hpp"

namespace webhookd::event {
namespace {

/// Room for an attribute beside its value: the longest name, quotes and separators.
constexpr std::size_t attribute_overhead = 24;
/// Room for the constant parts of a line.
constexpr std::size_t fixed_overhead = 128;

std::size_t bound(AttributeView attributes) noexcept {
    return fixed_overhead + attribute_table.size() * attribute_overhead + longest_escape * attributes.bytes().size();
}

/// CloudEvents 1.0, JSON format. `data` comes last: what people read stands in front.
void append_cloudevents(std::string& out, const Event& event) {
    out += R"({"specversion":"1.0","id":")";
    append_id(out, event.id);
    out += R"(","time":")";
    append_time(out, event.received);
    Line line(out, bound(event.attributes) + event.body.size());
    line << '"';
    for (const auto& [attribute, value] : event.attributes) {
        const auto& row = info(attribute);
        if (!row.is_public) continue;
        line << ",\"" << row.name << "\":";
        if (row.is_boolean && (value == "true" || value == "false"))
            line << value;
        else
            (line << '"').json(value) << '"';
    }
    if (event.redelivery) line << R"(,"redelivery":true)";
    (line << R"(,"datacontenttype":"application/json","data":)").body(event.body) << '}';
    line.finish();
}

void append_logfmt(std::string& out, const Event& event) {
    out += "time=";
    append_time(out, event.received);
    out += " id=";
    append_id(out, event.id);
    Line line(out, bound(event.attributes));
    for (const auto& [attribute, value] : event.attributes) (line << ' ' << info(attribute).name << '=').logfmt(value);
    if (event.redelivery) line << " redelivery=true";
    line.finish();
}

/// One line for people: when, what, how it changed, where, by whom.
class Sentence {
public:
    Sentence(std::string& out, const Event& event) : out_(out), event_(event) {}

    void append() {
        out_ += format_time_seconds(event_.received);
        word(short_type(get(Attribute::type)));
        word(get(Attribute::subject));
        change();
        word(get(Attribute::environment));
        scope();
        after("by", get(Attribute::actor));
        if (const auto log = get(Attribute::log); !log.empty()) {
            out_ += ':';
            word(log);
        }
        for (const auto attribute : {Attribute::test, Attribute::invalid})
            if (event_.attributes.is_true(attribute)) mark(info(attribute).name);
        if (event_.redelivery) mark("redelivery");
    }

private:
    static std::string_view short_type(std::string_view type) noexcept {
        constexpr std::string_view prefix = "com.flagsmith.";
        return type.starts_with(prefix) ? type.substr(prefix.size()) : type;
    }
    std::string_view get(Attribute attribute) const noexcept { return event_.attributes.get_or(attribute, ""); }

    void word(std::string_view text) {
        if (text.empty()) return;
        out_ += ' ';
        append_escaped(out_, text);
    }
    void after(std::string_view preposition, std::string_view text) {
        if (text.empty()) return;
        word(preposition);
        word(text);
    }
    void mark(std::string_view text) { out_.append(" [").append(text).append("]"); }

    static std::string_view on_or_off(std::string_view enabled) noexcept {
        return enabled == "true" ? "on" : enabled == "false" ? "off" : enabled; // or [redacted]
    }

    /// "enabled off→on, value"; what was created or deleted also tells its state.
    void change() {
        const auto enabled = get(Attribute::enabled), before = get(Attribute::wasenabled);
        auto changed = get(Attribute::changed);
        while (!changed.empty()) {
            const auto comma = changed.find(',');
            const auto what = changed.substr(0, comma);
            word(what);
            if (what == "enabled")
                out_.append(" ").append(on_or_off(before)).append("→").append(on_or_off(enabled));
            else if (what == "created" && !enabled.empty())
                out_.append(" ").append(on_or_off(enabled));
            if (comma == std::string_view::npos) return;
            out_ += ',';
            changed.remove_prefix(comma + 1);
        }
    }

    void scope() {
        const auto scope = get(Attribute::scope);
        if (scope != "segment" && scope != "identity") return;
        out_.append(" (").append(scope);
        word(get(scope == "segment" ? Attribute::segment : Attribute::identity));
        out_ += ')';
    }

    std::string& out_;
    const Event& event_;
};

} // namespace

void append_event(std::string& out, const Event& event, Format format) {
    switch (format) {
    case Format::cloudevents:
        return append_cloudevents(out, event);
    case Format::raw:
        out += event.body;
        return;
    case Format::logfmt:
        return append_logfmt(out, event);
    case Format::text:
        return Sentence(out, event).append();
    }
}

} // namespace webhookd::event
