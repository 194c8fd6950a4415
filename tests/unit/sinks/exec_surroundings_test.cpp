#include "sinks/exec/surroundings.hpp"

namespace webhookd::sinks::exec {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

TEST(ExecEnvironment, IsShortAndTellsOfTheEvent) {
    AttributeWriter attributes;
    attributes.add(Attribute::type, "com.flagsmith.flag.updated");
    attributes.add(Attribute::flag, std::string_view("a\0b=c\n", 6));
    attributes.add(Attribute::identity, "not told");
    const event::Event event{.id = content_id("x"), .attributes = attributes.view()};
    EXPECT_THAT(environment_of("sink", &event),
                ElementsAre("PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "FLAGSMITH_SINK=sink",
                            "FLAGSMITH_ID=" + to_string(content_id("x")), "FLAGSMITH_TIME=1970-01-01T00:00:00.000000Z",
                            "FLAGSMITH_TYPE=com.flagsmith.flag.updated", "FLAGSMITH_FLAG=a b=c\n"));
}

TEST(ExecEnvironment, OfAStreamTellsOfNoEvent) {
    EXPECT_EQ(environment_of("sink", nullptr).size(), 3u);
}

TEST(ExecAcknowledgement, IsAnIdAndAWord) {
    const auto id = to_string(content_id("x"));
    using Kind = Acknowledgement::Kind;
    EXPECT_EQ(parse_acknowledgement(id + "\n")->kind, Kind::delivered);
    EXPECT_EQ(parse_acknowledgement(id)->id, content_id("x"));
    EXPECT_EQ(parse_acknowledgement(id + " retry\r\n")->kind, Kind::retry);
    EXPECT_EQ(parse_acknowledgement(id + " reject\n")->kind, Kind::reject);
    for (const auto& line : {std::string(), std::string("ok"), id + " maybe", id + "x"})
        EXPECT_FALSE(parse_acknowledgement(line)) << line;
}

} // namespace
} // namespace webhookd::sinks::exec
