#include "webhookd/event/schema.hpp"

#include "event/catalogue.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace webhookd::event {
namespace {

using Json = nlohmann::ordered_json;

const CatalogueEntry* find(std::string_view name) noexcept {
    const auto list = catalogue();
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto& row) { return row.info.name == name; });
    return found == list.end() ? nullptr : &*found;
}

/// Turns shapes into schemas; those of parts are collected on the way.
class Builder {
public:
    /// `reference`: where the parts will stand, such as "#/definitions/".
    explicit Builder(std::string reference) : reference_(std::move(reference)) {}

    Json object(const Shape& shape) {
        Json schema{{"type", "object"}};
        Json required = Json::array(), properties = Json::object();
        for (const auto& member : shape.members) {
            if (member.required) required.push_back(member.name);
            properties[std::string(member.name)] = value(member);
        }
        if (!required.empty()) schema["required"] = std::move(required);
        schema["properties"] = std::move(properties);
        return schema;
    }

    Json refer(const Shape& shape) {
        auto name = std::string(shape.name);
        if (!parts_.contains(name)) {
            parts_[name] = nullptr; // keeps its place before the parts of the part
            parts_[name] = object(shape);
        }
        return {{"$ref", reference_ + name}};
    }

    Json& parts() noexcept { return parts_; }

private:
    Json value(const Member& member) {
        const auto& rules = member.value;
        Json schema{{"description", member.meaning}};
        if (has(rules.kinds, Kinds::object) && rules.object) {
            // Beside $ref nothing else counts in draft 7, so the reference is wrapped.
            Json choices = Json::array();
            if (auto others = types(rules.kinds, Kinds::object); !others.empty())
                choices.push_back({{"type", std::move(others)}});
            choices.push_back(refer(*rules.object));
            const auto* combine = choices.size() == 1 ? "allOf" : "anyOf";
            schema[combine] = std::move(choices);
            return schema;
        }
        schema["type"] = types(rules.kinds, Kinds::none);
        if (rules.object) schema["items"] = refer(*rules.object);
        add_words(schema, rules);
        if (rules.format == TextFormat::date_time) schema["format"] = "date-time";
        if (rules.format == TextFormat::email) schema["format"] = "email";
        if (rules.minimum) schema["minimum"] = *rules.minimum;
        if (rules.maximum) schema["maximum"] = *rules.maximum;
        return schema;
    }

    static void add_words(Json& schema, const ValueShape& rules) {
        const auto& [list, use] = rules.words;
        if (list.empty()) return;
        switch (use) {
        case Words::Use::examples:
            schema["examples"] = list;
            break;
        case Words::Use::only:
            if (list.size() == 1) {
                schema["const"] = list[0];
                break;
            }
            schema["enum"] = list;
            if (has(rules.kinds, Kinds::null)) schema["enum"].push_back(nullptr);
            break;
        case Words::Use::none_of:
            schema["minLength"] = 1;
            schema["not"] = {{"enum", list}};
            break;
        }
    }

    /// The value of "type": one word, or a list.
    static Json types(Kinds kinds, Kinds without) {
        Json list = Json::array();
        for (const auto& [kind, name] :
             std::initializer_list<std::pair<Kinds, const char*>>{{Kinds::string, "string"},
                                                                  {Kinds::integer, "integer"},
                                                                  {Kinds::number, "number"},
                                                                  {Kinds::boolean, "boolean"},
                                                                  {Kinds::array, "array"},
                                                                  {Kinds::object, "object"},
                                                                  {Kinds::null, "null"}})
            if (has(kinds, kind) && kind != without) list.push_back(name);
        return list.size() == 1 ? list[0] : list;
    }

    std::string reference_;
    Json parts_ = Json::object();
};

std::string print(const Json& json) {
    return json.dump(2) + "\n";
}

/// A channel, and the messages that arrive on it.
struct Channel {
    std::string_view kind; // of its endpoint
    std::string_view operation;
    std::string_view summary;
    std::string_view description;
    std::array<std::string_view, 6> messages;
};

constexpr std::array channels{
    Channel{"environment",
            "receiveEnvironmentMessage",
            "What changes in an environment",
            "The webhook of an environment: changes of its flags and published versions. The path is what the endpoint "
            "of the configuration says.",
            {"flag.updated", "flag.deleted", "version.published", "identity.evaluated", "flags.evaluated", "unknown"}},
    Channel{"organisation",
            "receiveOrganisationMessage",
            "What changes in an organisation",
            "The webhook of an organisation: its audit log, and the changes of all flags.",
            {"audit_log.created", "flag.updated", "flag.deleted", "unknown"}},
    Channel{"identity",
            "receiveIdentityMessage",
            "Evaluations of identities",
            "The integration named Webhook: every request of an SDK for the flags of an identity.",
            {"identity.evaluated"}},
};

/// A message that arrives on two channels is listed once for each: AsyncAPI wants a messageId to occur once.
std::string message_id(const Channel& channel, std::string_view message) {
    return std::string(channel.kind).append(".").append(message);
}

Json describe(const Channel& channel) {
    Json messages = Json::array();
    for (const auto message : channel.messages)
        if (!message.empty()) messages.push_back({{"$ref", "#/components/messages/" + message_id(channel, message)}});
    return {{"description", channel.description},
            {"publish",
             {{"operationId", channel.operation},
              {"summary", channel.summary},
              {"message", {{"oneOf", std::move(messages)}}}}}};
}

Json info_block() {
    return {{"title", "flagsmith-webhookd"},
            {"version", WEBHOOKD_VERSION},
            {"description", "Every message that flagsmith-webhookd accepts from Flagsmith. Members and words that are "
                            "not listed pass; what is not listed as required may be absent."},
            {"contact",
             {{"name", "Flagsmith Support"},
              {"url", "https://www.flagsmith.com/contact-us"},
              {"email", "support@flagsmith.com"}}},
            {"license", {{"name", "Apache-2.0"}, {"url", "https://www.apache.org/licenses/LICENSE-2.0"}}}};
}

Json servers() {
    Json receiver{{"url", "{address}"},
                  {"protocol", "https"},
                  {"description", "The daemon, as Flagsmith reaches it"},
                  {"variables", {{"address", {{"description", "host and port of the listener"}}}}},
                  {"security", Json::array({Json{{"signature", Json::array()}}})}};
    return {{"receiver", std::move(receiver)}};
}

Json security_schemes() {
    return {{"signature",
             {{"type", "httpApiKey"},
              {"in", "header"},
              {"name", "X-Flagsmith-Signature"},
              {"description", "HMAC-SHA256 of the body under the secret of the webhook, in hexadecimal"}}}};
}

} // namespace

std::span<const SchemaInfo> schemas() {
    static const auto infos = [] {
        std::vector<SchemaInfo> list;
        for (const auto& entry : catalogue()) list.push_back(entry.info);
        return list;
    }();
    return infos;
}

std::optional<std::string> json_schema(std::string_view name) {
    const auto* row = find(name);
    if (!row) return {};
    Builder builder("#/definitions/");
    Json schema{
        {"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", name}, {"description", row->info.meaning}};
    schema.update(builder.object(*row->shape));
    if (!builder.parts().empty()) schema["definitions"] = std::move(builder.parts());
    return print(schema);
}

std::string asyncapi_document() {
    Builder builder("#/components/schemas/");
    Json paths = Json::object(), messages = Json::object();
    for (const auto& channel : channels) {
        paths["/" + std::string(channel.kind) + "-webhook"] = describe(channel);
        for (const auto message : channel.messages)
            if (const auto* row = find(message))
                messages[message_id(channel, message)] = {{"messageId", message_id(channel, message)},
                                                          {"name", message},
                                                          {"summary", row->info.meaning},
                                                          {"contentType", "application/json"},
                                                          {"payload", builder.refer(*row->shape)}};
    }
    return print({{"asyncapi", "2.6.0"},
                  {"id", "urn:flagsmith-webhookd:messages"},
                  {"info", info_block()},
                  {"defaultContentType", "application/json"},
                  {"tags", Json::array({Json{{"name", "flagsmith"}, {"description", "Webhooks of Flagsmith"}}})},
                  {"servers", servers()},
                  {"channels", std::move(paths)},
                  {"components",
                   {{"messages", std::move(messages)},
                    {"schemas", std::move(builder.parts())},
                    {"securitySchemes", security_schemes()}}}});
}

} // namespace webhookd::event
