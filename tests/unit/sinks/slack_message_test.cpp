#include "sinks/slack/message.hpp"

#include "support/data.hpp"
#include "webhookd/event/decode.hpp"

#include <nlohmann/json.hpp>

namespace webhookd::sinks::slack {
namespace {

/// The line for one of the samples, as the decoder reads it.
std::string line(const std::string& sample) {
    auto body = test_data("samples/" + sample);
    const auto size = body.size();
    body.append(event::body_padding, '\0');
    event::Decoder decoder;
    const auto& decoded = decoder.decode(std::string_view(body).substr(0, size),
                                         {.endpoint = "environment", .path = "/environment-webhook"});
    return line_of({.attributes = decoded.attributes, .body = std::string_view(body).substr(0, size)});
}

std::string text_of(const std::vector<std::string>& lines) {
    return nlohmann::json::parse(message_of(lines))["text"];
}

TEST(SlackMessage, TellsWhatChangedWhereAndByWhom) {
    EXPECT_EQ(line("environment-flag-updated.json"),
              "*checkout_v2* enabled off → on in *Production* by ops@example.com");
}

TEST(SlackMessage, TellsOldAndNewValue) {
    const std::string body = R"({"data": {"previous_state": {"feature_state_value": "a`b"}, )"
                             R"("new_state": {"feature_state_value": 7}}})";
    AttributeWriter attributes;
    attributes.add(Attribute::type, "com.flagsmith.flag.updated");
    attributes.add(Attribute::subject, "limit");
    attributes.add(Attribute::changed, "value");
    EXPECT_EQ(line_of({.attributes = attributes.view(), .body = body}), "*limit* value `a'b` → `7`");
}

TEST(SlackMessage, NoValueOfAnEventIsMarkup) {
    AttributeWriter attributes;
    attributes.add(Attribute::type, "com.flagsmith.flag.updated");
    attributes.add(Attribute::subject, "<!channel>");
    attributes.add(Attribute::environment, "a & b");
    attributes.add(Attribute::changed, "enabled");
    attributes.add(Attribute::enabled, "false");
    attributes.add(Attribute::wasenabled, "true");
    EXPECT_EQ(line_of({.attributes = attributes.view(), .body = "{}"}),
              "*&lt;!channel&gt;* enabled on → off in *a &amp; b*");
}

TEST(SlackMessage, TellsEveryKindOfMessage) {
    for (const auto* sample : {"environment-flag-deleted.json", "environment-new-version-published.json",
                               "organisation-audit-log-created.json", "identity-integration.json",
                               "environment-flag-updated-segment-override.json"})
        EXPECT_GT(line(sample).size(), 10u) << sample;
}

TEST(SlackMessage, FoldsManyLinesIntoOneMessage) {
    EXPECT_EQ(text_of({"one", "two"}), "one\ntwo");
    const auto text = text_of(std::vector<std::string>(100, "a line"));
    EXPECT_TRUE(text.ends_with("\n… and 80 more"));
}

TEST(SlackMessage, StaysShortWhateverTheLines) {
    EXPECT_LT(text_of({std::string(100'000, 'x')}).size(), 4000u);
    EXPECT_LT(text_of(std::vector<std::string>(20, std::string(3000, 'x'))).size(), 4000u);
}

} // namespace
} // namespace webhookd::sinks::slack
