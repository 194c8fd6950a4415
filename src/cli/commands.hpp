#pragma once

#include "cli/command.hpp"

namespace webhookd::cli {

/// Every command, in the order of --help.
std::span<const Command> commands();

Action set_up_admin(CLI::App& app);
Action set_up_backfill(CLI::App& app);
Action set_up_check(CLI::App& app);
Action set_up_config_example(CLI::App& app);
Action set_up_config_reference(CLI::App& app);
Action set_up_config_show(CLI::App& app);
Action set_up_dev(CLI::App& app);
Action set_up_health(CLI::App& app);
Action set_up_schema_asyncapi(CLI::App& app);
Action set_up_schema_list(CLI::App& app);
Action set_up_schema_print(CLI::App& app);
Action set_up_schema_reference(CLI::App& app);
Action set_up_send(CLI::App& app);
Action set_up_serve(CLI::App& app);
Action set_up_sign(CLI::App& app);
Action set_up_verify(CLI::App& app);
Action set_up_events_list(CLI::App& app);
Action set_up_events_show(CLI::App& app);
Action set_up_events_tail(CLI::App& app);
Action set_up_events_export(CLI::App& app);
Action set_up_events_erase(CLI::App& app);
Action set_up_sinks_list(CLI::App& app);
Action set_up_sinks_show(CLI::App& app);
Action set_up_sinks_pause(CLI::App& app);
Action set_up_sinks_resume(CLI::App& app);
Action set_up_dead_letters_list(CLI::App& app);
Action set_up_dead_letters_show(CLI::App& app);
Action set_up_dead_letters_retry(CLI::App& app);
Action set_up_dead_letters_drop(CLI::App& app);
Action set_up_quarantine_list(CLI::App& app);
Action set_up_quarantine_show(CLI::App& app);
Action set_up_quarantine_retry(CLI::App& app);
Action set_up_quarantine_drop(CLI::App& app);
Action set_up_store_info(CLI::App& app);
Action set_up_store_verify(CLI::App& app);
Action set_up_store_backup(CLI::App& app);
Action set_up_history(CLI::App& app);
Action set_up_register(CLI::App& app);
Action set_up_replay(CLI::App& app);
Action set_up_version(CLI::App& app);

} // namespace webhookd::cli
