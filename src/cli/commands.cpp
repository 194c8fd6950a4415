#include "cli/commands.hpp"

#include <array>

namespace webhookd::cli {
namespace {

constexpr std::array config_commands{
    Command{.name = "example", .summary = "a complete commented configuration", .set_up = set_up_config_example},
    Command{.name = "show",
            .summary = "the effective configuration, secrets masked",
            .set_up = set_up_config_show,
            .lists = true},
    Command{.name = "reference", .summary = "docs/configuration.md", .set_up = set_up_config_reference, .hidden = true},
};

constexpr std::array all{
    Command{.name = "config", .summary = "an example, or what is in effect", .commands = config_commands},
    Command{.name = "version",
            .summary = "versions of everything, and the built-in sinks",
            .set_up = set_up_version,
            .lists = true},
};

} // namespace

std::span<const Command> commands() {
    return all;
}

} // namespace webhookd::cli
