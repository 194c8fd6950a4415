#include "webhookd/event/schema.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

/// That schemas and decoder agree is what tests/differential shows.
namespace webhookd::event {
namespace {

using nlohmann::json;

TEST(Schemas, AreDraft7AndSelfContained) {
    ASSERT_FALSE(schemas().empty());
    for (const auto& info : schemas()) {
        SCOPED_TRACE(info.name);
        const auto text = json_schema(info.name);
        ASSERT_TRUE(text);
        EXPECT_TRUE(text->ends_with("}\n"));
        const auto schema = json::parse(*text);
        EXPECT_EQ(schema["$schema"], "http://json-schema.org/draft-07/schema#");
        EXPECT_EQ(schema["title"], info.name);
        EXPECT_EQ(schema["type"], "object");
        constexpr std::string_view reference = "\"$ref\": \"#/definitions/";
        for (auto at = text->find(reference); at != std::string::npos; at = text->find(reference, at + 1)) {
            const auto name = at + reference.size();
            EXPECT_TRUE(schema["definitions"].contains(text->substr(name, text->find('"', name) - name)));
        }
    }
    EXPECT_FALSE(json_schema("flag.invented"));
}

TEST(Schemas, SayWhatTheListsSay) {
    const auto schema = json::parse(*json_schema("flag.updated"));
    const auto& state = schema["definitions"]["FlagState"];
    EXPECT_EQ(state["required"], json({"enabled", "feature"}));
    EXPECT_EQ(state["properties"]["enabled"]["type"], "boolean");
    EXPECT_EQ(state["properties"]["feature_state_value"]["type"], json({"string", "integer", "boolean", "null"}));
    EXPECT_EQ(state["properties"]["environment"]["anyOf"],
              json::array({{{"type", "integer"}}, {{"$ref", "#/definitions/Reference"}}}));
    EXPECT_EQ(schema["properties"]["event_type"]["const"], "FLAG_UPDATED");
    EXPECT_EQ(schema["definitions"]["FeatureSegment"]["properties"]["priority"]["minimum"], 0);
    EXPECT_EQ(schema["definitions"]["Feature"]["properties"]["type"]["examples"][0], "STANDARD") << "open";

    const auto published = json::parse(*json_schema("asyncapi.organisation"));
    const auto& kind = published["definitions"]["AuditLogEntry"]["properties"]["related_object_type"];
    EXPECT_EQ(kind["enum"].size(), 6u) << "closed: five words and null";
    EXPECT_EQ(published["properties"]["timestamp"]["format"], "date-time");
}

TEST(AsyncApiDocument, NamesEveryMessageOfEveryKindOfEndpoint) {
    const auto document = json::parse(asyncapi_document());
    EXPECT_EQ(document["asyncapi"], "2.6.0");
    std::set<std::string> shown;
    for (const auto& [path, channel] : document["channels"].items())
        for (const auto& message : channel["publish"]["message"]["oneOf"]) {
            const auto pointer = message["$ref"].get<std::string>().substr(1);
            const auto& component = document[json::json_pointer(pointer)];
            shown.insert(component["name"].get<std::string>());
            EXPECT_TRUE(
                document.contains(json::json_pointer(component["payload"]["$ref"].get<std::string>().substr(1))));
        }
    for (const auto& info : schemas())
        EXPECT_EQ(shown.contains(std::string(info.name)), !info.name.starts_with("asyncapi.")) << info.name;
}

} // namespace
} // namespace webhookd::event
