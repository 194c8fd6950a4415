#include "cli/parse.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace webhookd::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Parse : public testing::Test {
protected:
    std::ostringstream out, err;

    int type(std::vector<std::string> arguments) {
        out.str("");
        err.str("");
        Context context{out, err, false, {}, {}};
        return run(std::move(arguments), context);
    }
};

TEST_F(Parse, NothingIsWrongUsage) {
    EXPECT_EQ(type({}), wrong_usage);
    EXPECT_THAT(out.str(), IsEmpty());
    EXPECT_THAT(err.str(), HasSubstr("flagsmith-webhookd: "));
}

TEST_F(Parse, HelpIsDataAndThereForEveryCommand) {
    EXPECT_EQ(type({"--help"}), done);
    EXPECT_THAT(out.str(), HasSubstr("version"));
    EXPECT_EQ(type({"version", "--help"}), done);
    EXPECT_THAT(out.str(), HasSubstr("--format"));
    EXPECT_THAT(err.str(), IsEmpty());
}

TEST_F(Parse, AMistypedCommandIsAnsweredWithTheOneThatWasMeant) {
    EXPECT_EQ(type({"verison"}), wrong_usage);
    EXPECT_EQ(err.str(), "flagsmith-webhookd: unknown command \"verison\"; did you mean \"version\"?\n");
}

TEST_F(Parse, AMistypedOptionToo) {
    EXPECT_EQ(type({"version", "--fromat=json"}), wrong_usage);
    EXPECT_EQ(err.str(), "flagsmith-webhookd: unknown option \"--fromat=json\"; did you mean \"--format\"?\n");
}

TEST_F(Parse, VersionIsListedForPeopleAndPrograms) {
    EXPECT_EQ(type({"version"}), done);
    EXPECT_THAT(out.str(), HasSubstr("openssl"));
    EXPECT_EQ(type({"version", "--format", "json"}), done);
    EXPECT_TRUE(nlohmann::json::parse(out.str()).contains("sinks"));
    EXPECT_EQ(type({"version", "--format", "yaml"}), wrong_usage);
}

} // namespace
} // namespace webhookd::cli
