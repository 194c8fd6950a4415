#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

/// What a command of the program is. To add one:
///
///     // src/cli/commands/health.cpp
///     #include "cli/commands.hpp"
///     namespace webhookd::cli {
///     Action set_up_health(CLI::App& app) {
///         auto timeout = std::make_shared<std::string>("5s");           // options outlive the parsing
///         app.add_option("--timeout", *timeout, "how long to wait");
///         return [timeout](Context& context) {
///             const auto loaded = load_configuration(context);          // prints the problems, exits with 78
///             if (…) throw Failure("the daemon does not answer");       // stderr, status 1
///             context.out << "…\n";                                     // data; diagnostics go to context.err
///             return done;
///         };
///     }
///     } // namespace
///
/// then its declaration in commands.hpp and a line in the table of commands.cpp. `--help` and `--config FILE` are there
/// by themselves, `--format text|json` where the table says that the command lists something.
namespace webhookd::cli {

/// Exit statuses (contract: section 1).
inline constexpr int done = 0, failed = 1, wrong_usage = 2, refused_configuration = 78;

struct Context {
    enum class Format : std::uint8_t { text, json };

    std::ostream& out;                                // data
    std::ostream& err;                                // diagnostics
    bool colour = false;                              // out is a terminal that likes colours
    std::optional<std::filesystem::path> config_file; // --config
    Format format = Format::text;                     // --format

    bool json() const noexcept { return format == Format::json; }
};

/// Ends a command: the message goes to stderr.
struct Failure : std::runtime_error {
    explicit Failure(const std::string& message, int exit_status = failed)
        : runtime_error(message), status(exit_status) {}
    int status;
};

/// What a command does; returns the exit status.
using Action = std::function<int(Context&)>;

struct Command {
    std::string_view name;
    std::string_view summary; // one line, for --help and the man page

    Action (*set_up)(CLI::App& app) = nullptr; // declares options; nothing for a group of commands
    bool lists = false;                        // has --format
    bool hidden = false;                       // not in --help

    std::span<const Command> commands{}; // of a group: `events list`
    std::string_view otherwise{};        // the command of the group that is meant where none is named: `sinks`
};

} // namespace webhookd::cli
