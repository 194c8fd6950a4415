#include "webhookd/base/attributes.hpp"

#include <gtest/gtest.h>

namespace webhookd {
namespace {

TEST(Attributes, TableIsInTheOrderOfItsTags) {
    for (std::size_t i = 0; i < attribute_table.size(); ++i)
        EXPECT_EQ(static_cast<std::size_t>(attribute_table[i].attribute), i + 1) << attribute_table[i].name;
}

TEST(Attributes, AreReadBackAsWritten) {
    AttributeWriter writer;
    writer.add(Attribute::type, "com.flagsmith.flag.updated");
    writer.add(Attribute::flag, "");
    writer.add(Attribute::enabled, true);
    const auto view = writer.view();
    EXPECT_EQ(view.get(Attribute::type), "com.flagsmith.flag.updated");
    EXPECT_EQ(view.get(Attribute::flag), "");
    EXPECT_TRUE(view.is_true(Attribute::enabled));
    EXPECT_EQ(view.get(Attribute::actor), std::nullopt);
    EXPECT_EQ(view.get_or(Attribute::identity, "none"), "none");
}

TEST(Attributes, EndWhereDamageBegins) {
    AttributeWriter writer;
    writer.add(Attribute::type, "t");
    writer.add(Attribute::flag, "checkout");
    const std::string whole(writer.bytes());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        std::size_t items = 0;
        const std::string part = whole.substr(0, length);
        for ([[maybe_unused]] const auto& item : AttributeView(part)) ++items;
        EXPECT_LE(items, 1u);
    }
    const std::string zeros(5, '\0');
    EXPECT_EQ(AttributeView(zeros).begin(), AttributeView(zeros).end());
}

TEST(Attributes, LongValuesAreCutBetweenCharacters) {
    AttributeWriter writer;
    std::string text(max_attribute_bytes - 1, 'a');
    text += "\xc3\xa4"; // ä would straddle the bound
    writer.add(Attribute::flag, text);
    EXPECT_EQ(writer.view().get(Attribute::flag)->size(), max_attribute_bytes - 1);
}

} // namespace
} // namespace webhookd
