#include "cli/commands.hpp"
#include "cli/event_reference.hpp"

#include "support/data.hpp"
#include "webhookd/app/builtin_sinks.hpp"
#include "webhookd/base/attributes.hpp"
#include "webhookd/config/example.hpp"

#include <gmock/gmock.h>

#include <algorithm>

/// Documents that are made from the program, or that must name all of it.
namespace webhookd::cli {
namespace {

std::string of_tree(const std::string& name) {
    return test_data("../../" + name);
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++n;
    return n;
}

/// Every part must stand in the document; the whole must be equal where no sink was left out of this build.
void expect_current(const std::string& document, const std::vector<std::string>& parts, std::string_view heading,
                    std::string_view command) {
    std::string whole;
    bool is_current = true;
    for (const auto& part : parts) {
        whole += part;
        is_current = is_current && document.find(part) != std::string::npos;
    }
    if (count(document, heading) == app::builtin_sink_kinds().size()) is_current = is_current && document == whole;
    EXPECT_TRUE(is_current) << "write it anew: build/flagsmith-webhookd " << command;
}

TEST(Documents, TheConfigurationReferenceIsCurrent) {
    std::vector<std::string> parts{config::reference()};
    for (const auto& kind : app::builtin_sink_kinds()) parts.push_back(config::reference(kind));
    expect_current(of_tree("docs/configuration.md"), parts,
                   "\n### type = ", "config reference > docs/configuration.md");
}

TEST(Documents, TheExampleConfigurationIsCurrent) {
    constexpr std::string_view heading = "\n# Sink of type ";
    const auto example = config::example(app::builtin_sink_kinds());
    std::vector<std::string> parts;
    for (std::size_t from = 0; from < example.size();) {
        const auto next = std::min(example.find(heading, from + 1), example.size());
        parts.push_back(example.substr(from, next - from));
        from = next;
    }
    expect_current(of_tree("config/example.toml"), parts, heading, "config example > config/example.toml");
}

TEST(Documents, ThePageOnEventsIsCurrent) {
    const auto page = of_tree("docs/events.md");
    EXPECT_TRUE(page.ends_with("\n" + event_reference()))
        << "write its second half anew: build/flagsmith-webhookd schema reference";
    for (const auto& row : attribute_table)
        if (row.is_public) {
            EXPECT_THAT(page, testing::HasSubstr("`" + std::string(row.name) + "`"));
        }
}

TEST(Documents, TheManPageNamesEveryCommand) {
    auto page = of_tree("docs/flagsmith-webhookd.1");
    std::erase(page, '\\'); // "dead\-letters"
    for (const auto& command : commands()) {
        if (command.hidden) continue;
        EXPECT_THAT(page, testing::HasSubstr(command.name));
        for (const auto& inner : command.commands)
            if (!inner.hidden) {
                EXPECT_THAT(page, testing::HasSubstr(inner.name)) << command.name;
            }
    }
}

} // namespace
} // namespace webhookd::cli
