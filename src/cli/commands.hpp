#pragma once

#include "cli/command.hpp"

namespace webhookd::cli {

/// Every command, in the order of --help.
std::span<const Command> commands();

Action set_up_admin(CLI::App& app);
Action set_up_check(CLI::App& app);
Action set_up_config_example(CLI::App& app);
Action set_up_config_reference(CLI::App& app);
Action set_up_config_show(CLI::App& app);
Action set_up_dev(CLI::App& app);
Action set_up_health(CLI::App& app);
Action set_up_schema_asyncapi(CLI::App& app);
Action set_up_schema_list(CLI::App& app);
Action set_up_schema_print(CLI::App& app);
Action set_up_send(CLI::App& app);
Action set_up_serve(CLI::App& app);
Action set_up_sign(CLI::App& app);
Action set_up_verify(CLI::App& app);
Action set_up_version(CLI::App& app);

} // namespace webhookd::cli
