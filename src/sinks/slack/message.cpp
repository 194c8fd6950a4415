#include "sinks/slack/message.hpp"

#include "webhookd/base/json_text.hpp"
#include "webhookd/sink/template.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace webhookd::sinks::slack {
namespace {

using nlohmann::json;

/// What Slack shows without folding.
constexpr std::size_t most_lines = 20;
constexpr std::size_t most_bytes = 3500;
constexpr std::size_t most_value = 80;

std::string escaped(std::string_view text) {
    std::string out;
    sink::append_slack_text(out, text);
    return out;
}

std::string shortened(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
    return text.substr(0, most) + "…";
}

/// A value of a flag, as code; a backquote would end it.
std::string value_text(const json& value) {
    auto text = value.is_string() ? value.get<std::string>() : value.is_null() ? "none" : value.dump();
    for (char& c : text)
        if (c == '`') c = '\'';
    return "`" + escaped(shortened(std::move(text), most_value)) + "`";
}

/// The value of the flag in a state of the body, where there is one.
std::optional<std::string> state_value(const json& body, const char* state) {
    const auto* at = &body;
    for (const char* member : {"data", state, "feature_state_value"}) {
        if (!at->is_object()) return {};
        const auto found = at->find(member);
        if (found == at->end()) return {};
        at = &*found;
    }
    return value_text(*at);
}

std::string_view on_or_off(std::string_view enabled) {
    return enabled == "true" ? "on" : "off";
}

bool lists(std::string_view changed, std::string_view what) {
    for (;;) {
        const auto comma = changed.find(',');
        if (changed.substr(0, comma) == what) return true;
        if (comma == std::string_view::npos) return false;
        changed.remove_prefix(comma + 1);
    }
}

class Line {
public:
    explicit Line(const event::Event& event) : event_(event) {}

    std::string text() {
        const auto type = get(Attribute::type);
        if (const auto subject = get(Attribute::subject); !subject.empty())
            out_.append("*").append(escaped(subject)).append("*");
        else
            out_.append("*").append(escaped(type)).append("*");
        if (type.starts_with("com.flagsmith.flag."))
            tell_change();
        else if (type == "com.flagsmith.version.published")
            out_ += " new version published";
        else if (const auto log = get(Attribute::log); !log.empty())
            out_.append(": ").append(escaped(shortened(std::string(log), most_value * 4)));
        tell_where();
        if (const auto actor = get(Attribute::actor); !actor.empty()) out_.append(" by ").append(escaped(actor));
        if (event_.attributes.is_true(Attribute::test)) out_ += " _(test)_";
        if (event_.redelivery) out_ += " _(once more)_";
        return out_;
    }

private:
    std::string_view get(Attribute attribute) const { return event_.attributes.get_or(attribute, ""); }

    void tell_change() {
        const auto changed = get(Attribute::changed);
        std::string_view separator = " ";
        const auto tell = [&](std::string_view text) { out_.append(std::exchange(separator, ", ")).append(text); };
        if (lists(changed, "created")) tell("created");
        if (lists(changed, "deleted")) tell("deleted");
        if (lists(changed, "enabled"))
            tell(std::string("enabled ")
                     .append(on_or_off(get(Attribute::wasenabled)))
                     .append(" → ")
                     .append(on_or_off(get(Attribute::enabled))));
        if (lists(changed, "value")) {
            const auto body = json::parse(event_.body, nullptr, false);
            const auto before = state_value(body, "previous_state"), after = state_value(body, "new_state");
            tell(before && after ? "value " + *before + " → " + *after : "value");
        }
        if (lists(changed, "variants")) tell("variants");
        if (separator == " ") tell("saved");
    }

    void tell_where() {
        if (const auto environment = get(Attribute::environment); !environment.empty())
            out_.append(" in *").append(escaped(environment)).append("*");
        const auto scope = get(Attribute::scope);
        if (scope != "segment" && scope != "identity") return;
        out_.append(" (").append(scope).append(" ");
        out_.append(escaped(get(scope == "segment" ? Attribute::segment : Attribute::identity))).append(")");
    }

    const event::Event& event_;
    std::string out_;
};

} // namespace

std::string line_of(const event::Event& event) {
    return Line(event).text();
}

std::string message_of(const std::vector<std::string>& lines) {
    std::string text;
    std::size_t shown = 0;
    for (const auto& line : lines) {
        if (shown == most_lines || (shown != 0 && text.size() + line.size() > most_bytes)) break;
        if (shown++ != 0) text += '\n';
        text += shortened(line, most_bytes);
    }
    if (shown < lines.size()) text += "\n… and " + std::to_string(lines.size() - shown) + " more";
    std::string message = R"({"text":)";
    append_json_string(message, text);
    return message + R"(,"unfurl_links":false})";
}

} // namespace webhookd::sinks::slack
