#include "cli/event_reference.hpp"

#include "cli/send/kinds.hpp"
#include "webhookd/event/decode.hpp"
#include "webhookd/event/format.hpp"
#include "webhookd/event/schema.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace webhookd::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr Time received{std::chrono::microseconds{1'795'442'531'204'000}}; // 2026-11-23T14:02:11.204Z
constexpr std::string_view sent = "2026-11-23T14:02:11.004512Z";

/// What `send` calls an example of each schema.
struct Example {
    std::string_view schema, kind;
};
constexpr std::array examples{
    Example{"flag.updated", "flag-updated"},
    Example{"flag.deleted", "flag-deleted"},
    Example{"version.published", "version-published"},
    Example{"audit_log.created", "audit-log"},
    Example{"identity.evaluated", "identity"},
    Example{"flags.evaluated", "flags-evaluated"},
    Example{"unknown", "unknown"},
};

/// Lists in an example are cut to their first element.
Json shortened(const Json& value) {
    auto copy = value;
    if (copy.is_array() && copy.size() > 1) copy.erase(copy.begin() + 1, copy.end());
    if (copy.is_structured())
        for (auto& child : copy) child = shortened(child);
    return copy;
}

void append_example(std::string& out, const send::Kind& kind) {
    send::Source source;
    source.random.seed(1);
    source.time = sent;
    const auto body = kind.make(source);
    out += "```json\n" + shortened(Json::parse(body)).dump(2, ' ', true) + "\n```\n\n";

    auto padded = body;
    padded.append(event::body_padding, '\0');
    event::Decoder decoder;
    const auto path = "/" + std::string(kind.endpoint) + "-webhook";
    const auto& decoded =
        decoder.decode(std::string_view(padded).substr(0, body.size()), {.endpoint = kind.endpoint, .path = path});
    out += "As `text`, and with its attributes:\n\n```\n";
    event::append_event(out, {1, content_id(body), received, decoded.attributes, body, false}, event::Format::text);
    out += "\n\n";
    for (const auto& item : decoded.attributes)
        if (info(item.attribute).is_public) out += fmt::format("{:<12} {}\n", info(item.attribute).name, item.value);
    out += "```\n\n";
}

std::string name_of_part(const Json& schema) {
    const auto target = schema.at("$ref").get<std::string>();
    return target.substr(target.rfind('/') + 1);
}
std::string link_to(const std::string& part) {
    auto anchor = part;
    std::transform(anchor.begin(), anchor.end(), anchor.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return "[" + part + "](#" + anchor + ")";
}

/// What a value may be, in words.
std::string type_in_words(const Json& schema) {
    if (schema.contains("$ref")) return link_to(name_of_part(schema));
    std::vector<std::string> words;
    for (const auto* choice : {"allOf", "anyOf", "oneOf"})
        if (schema.contains(choice))
            for (const auto& branch : schema.at(choice)) words.push_back(type_in_words(branch));
    if (schema.contains("const"))
        words.push_back("`" + schema.at("const").dump() + "`");
    else if (schema.contains("type") && schema.at("type") == "array" && schema.contains("items"))
        words.push_back("list of " + type_in_words(schema.at("items")));
    else if (schema.contains("type"))
        for (const auto& type : schema.at("type").is_array() ? schema.at("type") : Json::array({schema.at("type")}))
            words.push_back(type.get<std::string>());
    std::stable_partition(words.begin(), words.end(), [](const auto& word) { return word != "null"; });
    auto text = fmt::format("{}", fmt::join(words, ", "));
    if (schema.contains("minimum")) text += " from " + schema.at("minimum").dump();
    if (schema.contains("maximum")) text += " to " + schema.at("maximum").dump();
    if (schema.contains("format")) text += ", " + schema.at("format").get<std::string>();
    return text;
}

void append_members(std::string& out, const Json& schema) {
    if (!schema.contains("properties")) return;
    const auto required = schema.value("required", std::vector<std::string>{});
    out += "| member | value | meaning |\n| --- | --- | --- |\n";
    for (const auto& [name, member] : schema.at("properties").items()) {
        const bool must = std::find(required.begin(), required.end(), name) != required.end();
        out += fmt::format("| `{}`{} | {} | {} |\n", name, must ? " *" : "", type_in_words(member),
                           member.value("description", ""));
    }
    out += '\n';
}

} // namespace

std::string event_reference() {
    std::string out =
        "## The messages\n\n"
        "Made by `flagsmith-webhookd schema reference`. A star marks members that must be there; any other may be "
        "missing, and members\nthat are not listed pass. In the examples lists are cut to their first element.\n\n";
    std::string parts;
    std::vector<std::string> described;
    for (const auto& schema : event::schemas()) {
        const auto example =
            std::find_if(examples.begin(), examples.end(), [&](const auto& one) { return one.schema == schema.name; });
        if (example == examples.end()) continue; // the document's own: `schema print` has them
        const auto json = Json::parse(*event::json_schema(schema.name));
        std::string meaning(schema.meaning);
        if (meaning.front() >= 'a' && meaning.front() <= 'z') meaning.front() += 'A' - 'a';
        out += fmt::format("### {}\n\n{}; `send {}` posts one.\n\n", schema.name, meaning, example->kind);
        append_example(out, *send::find_kind(example->kind));
        append_members(out, json);
        const auto definitions = json.value("definitions", Json::object());
        for (const auto& [name, part] : definitions.items()) {
            if (std::find(described.begin(), described.end(), name) != described.end()) continue;
            described.push_back(name);
            parts += "#### " + name + "\n\n";
            append_members(parts, part);
        }
    }
    out += "### Parts of messages\n\n" + parts;
    out.pop_back(); // one final newline
    return out;
}

} // namespace webhookd::cli
