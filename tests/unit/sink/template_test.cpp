#include "webhookd/sink/template.hpp"

namespace webhookd::sink {
namespace {

using Place = Template::Place;

class TemplateTest : public ::testing::Test {
protected:
    void has(Attribute attribute, std::string_view value) { attributes.add(attribute, value); }

    std::string fill(std::string_view text, Place place) {
        const auto parsed = Template::parse(text, place);
        if (!parsed) return "refused: " + parsed.error().message;
        std::string out;
        const auto appended = parsed->append(
            out, {.id = content_id("x"), .received = Time{}, .attributes = attributes.view(), .body = body});
        return appended ? out : "unfit: " + appended.error().message;
    }

    AttributeWriter attributes;
    std::string body = R"({"a": "b"})";
};

TEST_F(TemplateTest, PutsValuesIn) {
    has(Attribute::flag, "checkout_v2");
    has(Attribute::enabled, "true");
    EXPECT_EQ(fill("/flags/{flag}?on={enabled}", Place::url), "/flags/checkout_v2?on=true");
    EXPECT_EQ(fill("{id}", Place::header), to_string(content_id("x")));
    EXPECT_EQ(fill("{time}", Place::text), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(fill("nothing", Place::url), "nothing");
}

TEST_F(TemplateTest, AValueCannotLeaveItsPlaceInAUrl) {
    has(Attribute::flag, "../a b/ü?x=1&y#z%");
    EXPECT_EQ(fill("/flags/{flag}", Place::url), "/flags/..%2Fa%20b%2F%C3%BC%3Fx%3D1%26y%23z%25");
}

TEST_F(TemplateTest, AnEventWithoutTheValueMakesNoUrl) {
    EXPECT_EQ(fill("/flags/{flag}", Place::url), "unfit: the event has no flag that could stand in the URL");
    has(Attribute::flag, "..");
    EXPECT_EQ(fill("/flags/{flag}", Place::url), "unfit: the event has no flag that could stand in the URL");
}

TEST_F(TemplateTest, AValueCannotLeaveAHeader) {
    has(Attribute::flag, "a\r\nX-Evil: 1 \"ü\"");
    EXPECT_EQ(fill("flag={flag}", Place::header), "flag=a%0D%0AX-Evil:%201%20%22%C3%BC%22");
    EXPECT_EQ(fill("[{environment}]", Place::header), "[]");
}

TEST_F(TemplateTest, AValueCannotLeaveAStringOfJson) {
    has(Attribute::flag, "a\", \"evil\": \"\n");
    EXPECT_EQ(fill(R"({"text": "is {flag}"})", Place::json), R"({"text": "is a\", \"evil\": \"\n"})");
}

TEST_F(TemplateTest, OutsideOfAStringOfJsonAValueStandsByItself) {
    has(Attribute::flag, "a\"b");
    has(Attribute::enabled, "true");
    EXPECT_EQ(
        fill(R"({"flag": {flag}, "on": {enabled}, "by": {actor}, "was": {wasenabled}, "at": {time}, "e": {data}})",
             Place::json),
        R"({"flag": "a\"b", "on": true, "by": null, "was": null, "at": "1970-01-01T00:00:00.000000Z", )"
        R"("e": {"a": "b"}})");
    EXPECT_EQ(fill(R"("\" {flag} \\" {flag})", Place::json), R"("\" a\"b \\" "a\"b")");
    EXPECT_EQ(fill(R"({"raw": "{data}"})", Place::json), R"({"raw": "{\"a\": \"b\"}"})");
}

TEST_F(TemplateTest, EncodesForms) {
    has(Attribute::flag, "a&b=c");
    EXPECT_EQ(fill("payload={flag}&x=1", Place::form), "payload=a%26b%3Dc&x=1");
}

TEST_F(TemplateTest, EscapesControlCharactersInText) {
    has(Attribute::flag, "a\x1b[31m\nb");
    EXPECT_EQ(fill("{flag}!", Place::text), "a\\x1b[31m\\nb!");
}

TEST_F(TemplateTest, AValueIsNoMarkupOfSlack) {
    has(Attribute::flag, "<!channel> & <@U1>\n");
    EXPECT_EQ(fill("{flag}", Place::slack), "&lt;!channel&gt; &amp; &lt;@U1&gt;\\n");
}

TEST_F(TemplateTest, AValueIsOneTokenOfASubject) {
    has(Attribute::flag, "a.b.* >c");
    EXPECT_EQ(fill("flagsmith.{flag}.{environment}", Place::token), "flagsmith.a_b____c._");
}

TEST_F(TemplateTest, DoubledBracesAreBraces) {
    has(Attribute::flag, "a");
    EXPECT_EQ(fill("{{flag} is {flag}", Place::text), "{flag} is a");
    EXPECT_EQ(fill("/x/{{y", Place::url), "/x/{y");
}

TEST_F(TemplateTest, SaysWhatIsWrong) {
    EXPECT_EQ(fill("/{flg}", Place::url), "refused: knows no {flg}; did you mean {flag}?");
    EXPECT_EQ(fill("/{", Place::url), "refused: has a brace that is no {name}");
    EXPECT_EQ(fill("/{data}", Place::url), "refused: cannot hold {data}");
}

TEST_F(TemplateTest, KnowsWhetherItNeedsAnEvent) {
    EXPECT_TRUE(Template::parse("/x?y={{z", Place::url)->is_constant());
    EXPECT_FALSE(Template::parse("/x/{id}", Place::url)->is_constant());
}

} // namespace
} // namespace webhookd::sink
