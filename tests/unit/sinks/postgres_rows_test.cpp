#include "sinks/postgres/rows.hpp"

namespace webhookd::sinks::postgres {
namespace {

TEST(PostgresRows, QuotesNames) {
    EXPECT_EQ(quoted_table("events"), R"("events")");
    EXPECT_EQ(quoted_table("audit.events"), R"("audit"."events")");
    EXPECT_EQ(quoted_table(R"(a"; DROP TABLE x; --)"), R"("a""; DROP TABLE x; --")");
}

TEST(PostgresRows, ArraysHoldAnyText) {
    Array array;
    EXPECT_STREQ(array.finish(), "{}");
    array.clear();
    array.add("a\"b\\c");
    array.add_null();
    array.add("");
    array.add(std::string_view("x\0y", 3));
    EXPECT_STREQ(array.finish(), R"({"a\"b\\c",NULL,"","xy"})");
}

TEST(PostgresRows, HasAParameterForEachColumn) {
    const auto sql = insert_statement("t");
    EXPECT_NE(sql.find("$9::jsonb[]"), std::string::npos);
    EXPECT_NE(sql.find("ON CONFLICT (id) DO NOTHING"), std::string::npos);
}

TEST(PostgresRows, TellsBadRowsFromAServerInTrouble) {
    for (const auto* state : {"22P05", "22001", "23502", "54000"}) EXPECT_TRUE(concerns_the_rows(state)) << state;
    for (const auto* state : {"", "57P01", "53100", "42P01", "42501", "40001", "25006"})
        EXPECT_FALSE(concerns_the_rows(state)) << state;
}

} // namespace
} // namespace webhookd::sinks::postgres
