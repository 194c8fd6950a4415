#include "sinks/postgres/rows.hpp"

namespace webhookd::sinks::postgres {
namespace {

TEST(PostgresRows, QuotesNames) {
    EXPECT_EQ(quoted_table("events"), R"("events")");
    EXPECT_EQ(quoted_table("audit.events"), R"("audit"."events")");
    EXPECT_EQ(quoted_table(R"(a"; DROP TABLE x; --)"), R"("a""; DROP TABLE x; --")");
}

std::string bytes(std::initializer_list<int> values) {
    return {values.begin(), values.end()};
}

TEST(PostgresRows, ArraysHoldAnyText) {
    Array array;
    EXPECT_EQ(array.finish(), bytes({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25}));
    array.clear();
    array.add_text("a\"b");
    array.add_null();
    array.add_text("");
    array.add_text(std::string_view("x\0y", 3));
    EXPECT_EQ(array.finish(), bytes({0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 25, 0, 0, 0, 4, 0, 0, 0, 1}) +
                                  bytes({0, 0, 0, 3}) + "a\"b" + bytes({255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 2}) +
                                  "xy");
}

TEST(PostgresRows, TimesCountFromTheYear2000) {
    Array array(Array::Element::timestamptz);
    array.add(parse_time("2000-01-01T00:00:01Z").value());
    array.add(parse_time("1999-12-31T23:59:59.999999Z").value());
    EXPECT_EQ(array.finish().substr(20), bytes({0, 0, 0, 8, 0, 0, 0, 0, 0, 15, 66, 64}) +
                                             bytes({0, 0, 0, 8, 255, 255, 255, 255, 255, 255, 255, 255}));
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
