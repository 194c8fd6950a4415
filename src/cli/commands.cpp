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
    Command{.name = "reference",
            .summary = "the second half of docs/events.md",
            .set_up = set_up_schema_reference,
            .hidden = true},
};

constexpr std::array events_commands{
    Command{.name = "list", .summary = "stored events, the newest first", .set_up = set_up_events_list, .lists = true},
    Command{.name = "show", .summary = "one event with its body", .set_up = set_up_events_show, .lists = true},
    Command{.name = "tail",
            .summary = "the latest events; -f goes on with new ones",
            .set_up = set_up_events_tail,
            .lists = true},
    Command{
        .name = "export", .summary = "events in full, the oldest first, one a line", .set_up = set_up_events_export},
    Command{.name = "erase", .summary = "removes bodies and attributes for good", .set_up = set_up_events_erase},
};

constexpr std::array sinks_commands{
    Command{.name = "list", .summary = "state and backlog of every sink", .set_up = set_up_sinks_list, .lists = true},
    Command{.name = "show", .summary = "one sink", .set_up = set_up_sinks_show, .lists = true},
    Command{
        .name = "pause", .summary = "stops delivering to a sink, also after a restart", .set_up = set_up_sinks_pause},
    Command{.name = "resume", .summary = "goes on delivering where it stopped", .set_up = set_up_sinks_resume},
};

constexpr std::array dead_letters_commands{
    Command{.name = "list", .summary = "what sinks gave up on", .set_up = set_up_dead_letters_list, .lists = true},
    Command{.name = "show", .summary = "one of them with its body", .set_up = set_up_dead_letters_show, .lists = true},
    Command{.name = "retry", .summary = "tries to deliver them again", .set_up = set_up_dead_letters_retry},
    Command{.name = "drop", .summary = "forgets them", .set_up = set_up_dead_letters_drop},
};

constexpr std::array quarantine_commands{
    Command{.name = "list",
            .summary = "what was signed but not understood",
            .set_up = set_up_quarantine_list,
            .lists = true},
    Command{.name = "show",
            .summary = "one message and what is wrong with it",
            .set_up = set_up_quarantine_show,
            .lists = true},
    Command{.name = "retry", .summary = "looks at them again with today's rules", .set_up = set_up_quarantine_retry},
    Command{.name = "drop", .summary = "forgets them", .set_up = set_up_quarantine_drop},
};

constexpr std::array store_commands{
    Command{.name = "info", .summary = "size, counts and range", .set_up = set_up_store_info, .lists = true},
    Command{.name = "verify",
            .summary = "reads everything and names damaged events",
            .set_up = set_up_store_verify,
            .lists = true},
    Command{
        .name = "backup", .summary = "a consistent copy, also while the daemon runs", .set_up = set_up_store_backup},
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
    Command{.name = "events", .summary = "looks into the store", .commands = events_commands, .otherwise = "list"},
    Command{.name = "history", .summary = "the states of a flag over time", .set_up = set_up_history, .lists = true},
    Command{.name = "replay", .summary = "delivers stored events to a sink once more", .set_up = set_up_replay},
    Command{.name = "sinks", .summary = "how the sinks are doing", .commands = sinks_commands, .otherwise = "list"},
    Command{.name = "dead-letters",
            .summary = "what sinks gave up on",
            .commands = dead_letters_commands,
            .otherwise = "list"},
    Command{.name = "quarantine",
            .summary = "what was signed but not understood",
            .commands = quarantine_commands,
            .otherwise = "list"},
    Command{.name = "store", .summary = "the store as a whole", .commands = store_commands, .otherwise = "info"},
    Command{.name = "config", .summary = "an example, or what is in effect", .commands = config_commands},
    Command{.name = "schema", .summary = "what messages look like, for other programs", .commands = schema_commands},
    Command{.name = "register",
            .summary = "makes the webhook in Flagsmith, or gives it a new secret",
            .set_up = set_up_register},
    Command{.name = "backfill",
            .summary = "fetches audit entries from Flagsmith that were never received",
            .set_up = set_up_backfill},
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
