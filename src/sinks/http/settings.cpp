#include "sinks/http/settings.hpp"

#include "sinks/http/body.hpp"
#include "sinks/http/url_template.hpp"
#include "webhookd/base/base64.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/http/client.hpp"

#include <algorithm>

namespace webhookd::sinks::http {
namespace {

constexpr bool is_token(std::string_view text) noexcept {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               others.find(c) != std::string_view::npos;
    });
}

/// Headers that the client writes itself.
bool is_reserved(std::string_view name) {
    constexpr std::string_view reserved[] = {
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "expect", "te", "trailer"};
    return std::any_of(std::begin(reserved), std::end(reserved),
                       [&](auto each) { return equals_ignoring_case(each, name); });
}

std::string_view content_type_of(const Settings& settings) {
    for (const auto& [name, value] : settings.headers)
        if (equals_ignoring_case(name, "content-type")) return value.reveal();
    return {};
}

} // namespace

std::optional<config::Complaint> form_url_template(std::string_view text) {
    const auto parsed = UrlTemplate::parse(text);
    if (parsed) return {};
    return config::Complaint{parsed.error().message, "such as \"https://example.com/flags/{flag}\""};
}

std::optional<config::Complaint> form_proxy(std::string_view text) {
    const auto parsed = webhookd::http::parse_url(text);
    if (text.empty() || (parsed && !parsed->tls)) return {};
    return config::Complaint{"is no http URL", "such as \"http://proxy.internal:3128\""};
}

std::optional<config::Complaint> form_method(std::string_view text) {
    if (is_token(text) && text != "CONNECT") return {};
    return config::Complaint{"is no method", "such as \"POST\""};
}

std::string_view body_of(const Settings& settings) noexcept {
    if (settings.body) return *settings.body;
    return settings.method == "POST" || settings.method == "PUT" || settings.method == "PATCH" ? "event" : "";
}

void check(const Settings& settings, TableReader& table) {
    const auto url = UrlTemplate::parse(settings.url);
    bool needs_event = url && !url->target.is_constant();
    for (const auto& [name, value] : settings.headers) {
        if (!is_token(name)) table.problem("headers", "has a name that is none of HTTP");
        if (is_reserved(name)) table.problem("headers", "sets " + name + ", which is not yours to set");
        const auto text = value.reveal();
        if (text.find_first_of("\r\n\0", 0, 3) != std::string_view::npos)
            table.problem("headers", "has a line break in " + name);
        const auto parsed = Template::parse(text, Template::Place::header);
        if (!parsed) // without a word of the value: it may be a token
            table.problem("headers", "has a brace in " + name + " that begins none of {flag}, {id} and the like",
                          "\"{{\" is a brace itself");
        needs_event = needs_event || (parsed && !parsed->is_constant());
    }
    const auto body = Body::make(body_of(settings), content_type_of(settings), event::Format::cloudevents);
    if (!body) table.problem("body", body.error().message);
    if (settings.batch && body && !body->takes_many())
        table.problem("batch", "needs a body that holds several events",
                      "body = \"ndjson\", \"array\", \"splunk\", \"loki\" or \"elasticsearch\"");
    if (settings.batch && needs_event)
        table.problem("batch", "does not go with {…} in url or headers", "of which event?");
    if (settings.cloudevents_mode == Settings::CloudEvents::binary && body_of(settings) != "event")
        table.problem("cloudevents_mode", "\"binary\" needs body = \"event\"");
    if (settings.sign && settings.sign->secret.reveal().starts_with("whsec_") &&
        settings.sign->scheme == Sign::Scheme::standard_webhooks &&
        !from_base64(settings.sign->secret.reveal().substr(6)))
        table.problem("sign", "has a secret that begins with whsec_ and does not go on in base64");
}

} // namespace webhookd::sinks::http
