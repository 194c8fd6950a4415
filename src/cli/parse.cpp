#include "cli/parse.hpp"

#include "cli/commands.hpp"
#include "webhookd/base/text.hpp"

#include <algorithm>
#include <map>

namespace webhookd::cli {
namespace {

constexpr const char* program = "flagsmith-webhookd";

/// What was typed, as far as it is needed after the parsing.
struct Typed {
    std::string config_file;
    std::string format;
};

const Command* find(std::span<const Command> all, std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& command) { return command.name == name; });
    return found == all.end() ? nullptr : &*found;
}

/// Where the name of a command stands among the arguments, behind the options that may come first.
std::size_t name_place(const std::vector<std::string>& arguments, std::size_t from) {
    while (from < arguments.size() && arguments[from].starts_with('-')) from += arguments[from] == "--config" ? 2 : 1;
    return from;
}

[[noreturn]] void refuse_command(std::span<const Command> all, const std::string& group, const std::string& name) {
    std::vector<std::string_view> names;
    for (const auto& command : all)
        if (!command.hidden) names.push_back(command.name);
    const auto near = did_you_mean(name, names);
    throw Failure("unknown command \"" + group + escape(name) + "\"" +
                      (near ? "; did you mean \"" + group + std::string(*near) + "\"?"
                            : " (`flagsmith-webhookd " + group + "--help` lists them)"),
                  wrong_usage);
}

/// Names the command of a group where it may be left out, and refuses names that are none: before CLI11 takes them for
/// arguments of something else.
void settle_names(std::vector<std::string>& arguments) {
    const auto place = name_place(arguments, 0);
    if (place >= arguments.size()) return;
    const auto* command = find(commands(), arguments[place]);
    if (command == nullptr) refuse_command(commands(), "", arguments[place]);
    if (command->commands.empty()) return;
    const auto second = name_place(arguments, place + 1);
    const auto has = [&](std::string_view option) {
        return std::find(arguments.begin(), arguments.end(), option) != arguments.end();
    };
    if (second < arguments.size()) {
        if (find(command->commands, arguments[second]) == nullptr)
            refuse_command(command->commands, std::string(command->name) + " ", arguments[second]);
    } else if (!command->otherwise.empty() && !has("--help") && !has("-h")) {
        arguments.insert(arguments.begin() + static_cast<std::ptrdiff_t>(place) + 1, std::string(command->otherwise));
    }
}

void set_up(CLI::App& parent, std::span<const Command> all, Typed& typed, Action& chosen) {
    for (const auto& command : all) {
        auto* app = parent.add_subcommand(std::string(command.name), std::string(command.summary));
        if (command.hidden) app->group("");
        if (!command.commands.empty()) {
            app->require_subcommand(1);
            set_up(*app, command.commands, typed, chosen);
            continue;
        }
        auto action = command.set_up(*app);
        app->add_option("--config", typed.config_file, "the configuration")->type_name("FILE");
        if (command.lists)
            app->add_option("--format", typed.format, "how to write it: text or json")
                ->check(CLI::IsMember({"text", "json"}))
                ->option_text("text|json");
        app->final_callback([&chosen, action] { chosen = action; });
    }
}

/// The deepest command that was named.
const CLI::App& named(const CLI::App& app) {
    const auto chosen = app.get_subcommands();
    return chosen.empty() ? app : named(*chosen.front());
}

std::string usage_message(const CLI::App& app, const CLI::ParseError& error) {
    std::string message = error.what();
    const auto& command = named(app);
    const auto rest = app.remaining(true);
    const auto mistyped =
        std::find_if(rest.begin(), rest.end(), [](const auto& text) { return text.starts_with('-'); });
    if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr || mistyped == rest.end()) return message;
    message = "unknown option \"" + *mistyped + "\"";
    std::vector<std::string> names;
    for (const auto* option : command.get_options())
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    if (const auto near = did_you_mean(mistyped->substr(0, mistyped->find('=')), candidates))
        return message + "; did you mean \"" + std::string(*near) + "\"?";
    return message + " (--help lists them)";
}

int run_command(std::vector<std::string> arguments, Context& context) {
    Typed typed;
    Action chosen;
    CLI::App app("Receives Flagsmith's webhooks, keeps them durably and hands them on.", program);
    app.set_help_flag("-h,--help", "what there is, and how it is used");
    app.set_version_flag("--version", std::string(program) + " " + WEBHOOKD_VERSION, "the version of the program");
    app.add_option("--config", typed.config_file, "the configuration")->type_name("FILE");
    app.require_subcommand(1);
    set_up(app, commands(), typed, chosen);
    settle_names(arguments);
    std::reverse(arguments.begin(), arguments.end()); // CLI11 takes them from the back
    try {
        app.parse(arguments);
    } catch (const CLI::CallForHelp&) {
        context.out << named(app).help(&named(app) == &app ? "" : program);
        return done;
    } catch (const CLI::CallForVersion&) {
        context.out << program << " " << WEBHOOKD_VERSION << '\n';
        return done;
    } catch (const CLI::ParseError& error) {
        throw Failure(usage_message(app, error), wrong_usage);
    }
    if (!typed.config_file.empty()) context.config_file = typed.config_file;
    context.format = typed.format == "json" ? Context::Format::json : Context::Format::text;
    return chosen(context);
}

} // namespace

int run(std::vector<std::string> arguments, Context& context) {
    try {
        return run_command(std::move(arguments), context);
    } catch (const Failure& failure) {
        if (failure.what()[0] != '\0') context.err << program << ": " << escape(failure.what()) << '\n';
        return failure.status;
    } catch (const std::exception& error) {
        context.err << program << ": " << escape(error.what()) << '\n';
        return failed;
    }
}

} // namespace webhookd::cli
