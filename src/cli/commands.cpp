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

constexpr std::array schema_commands{
    Command{
        .name = "list", .summary = "the messages there are schemas of", .set_up = set_up_schema_list, .lists = true},
    Command{.name = "print", .summary = "the JSON Schema of a message", .set_up = set_up_schema_print},
    Command{.name = "asyncapi", .summary = "the AsyncAPI document of all messages", .set_up = set_up_schema_asyncapi},
};

constexpr std::array all{
    Command{.name = "serve", .summary = "runs the receiver in the foreground", .set_up = set_up_serve},
    Command{.name = "dev",
            .summary = "runs without a configuration, on this machine, to try things out",
            .set_up = set_up_dev},
    Command{.name = "check",
            .summary = "everything serve would refuse, all at once, and what is unwise",
            .set_up = set_up_check,
            .lists = true},
    Command{.name = "health", .summary = "exit status 0 while events can be stored", .set_up = set_up_health},
    Command{.name = "send",
            .summary = "posts signed events exactly as Flagsmith does",
            .set_up = set_up_send,
            .lists = true},
    Command{.name = "sign", .summary = "the signature of a body", .set_up = set_up_sign},
    Command{.name = "verify", .summary = "whether a signature fits, and if not, why", .set_up = set_up_verify},
    Command{.name = "config", .summary = "an example, or what is in effect", .commands = config_commands},
    Command{.name = "schema", .summary = "what messages look like, for other programs", .commands = schema_commands},
    Command{.name = "admin", .summary = "prints a link to the admin page", .set_up = set_up_admin},
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
