#include "cli/commands.hpp"

#include "cli/configuration.hpp"
#include "cli/output.hpp"
#include "webhookd/app/preflight.hpp"
#include "webhookd/base/text.hpp"

#include <iterator>

namespace webhookd::cli {
namespace {

struct Findings {
    std::vector<config::Problem> problems, warnings;
};

void append(std::vector<config::Problem>& to, std::vector<config::Problem> from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

nlohmann::ordered_json to_json(std::string_view severity, const config::Problem& problem) {
    return {{"severity", severity},        {"file", escape(problem.file)}, {"line", problem.line},
            {"column", problem.column},    {"key", escape(problem.key)},   {"what", escape(problem.what)},
            {"hint", escape(problem.hint)}};
}

void print(Context& context, const Findings& found, std::size_t endpoints, std::size_t sinks) {
    if (context.json()) {
        auto list = nlohmann::ordered_json::array();
        for (const auto& problem : found.problems) list.push_back(to_json("error", problem));
        for (const auto& warning : found.warnings) list.push_back(to_json("warning", warning));
        print_json(context.out, list);
        return;
    }
    for (const auto& problem : found.problems) context.err << problem.text() << '\n';
    print_warnings(context, found.warnings);
    if (found.problems.empty())
        context.out << "the configuration is good: " << endpoints << (endpoints == 1 ? " endpoint, " : " endpoints, ")
                    << sinks << (sinks == 1 ? " sink\n" : " sinks\n");
}

} // namespace

Action set_up_check(CLI::App& app) {
    auto probe = std::make_shared<bool>(false);
    app.add_flag("--probe", *probe, "reach out to every sink");
    return [probe](Context& context) {
        Findings found;
        auto loaded = read_configuration(context.config_file);
        if (!loaded) {
            found.problems = loaded.error();
            print(context, found, 0, 0);
            return refused_configuration;
        }
        const auto& settings = loaded->settings;
        found.warnings = std::move(loaded->warnings);
        auto outside = app::preflight(settings);
        append(found.problems, std::move(outside.problems));
        append(found.warnings, std::move(outside.warnings));
        const bool refused = !found.problems.empty();
        if (*probe)
            for (const auto& [sink, error] : app::probe_sinks(settings))
                if (!error.empty())
                    found.problems.push_back(
                        {settings.file.string(), 0, 0, "sink." + sink, "cannot be reached", error});
        print(context, found, settings.endpoints.size(), settings.sinks.size());
        if (refused) return refused_configuration;
        return found.problems.empty() ? done : failed;
    };
}

} // namespace webhookd::cli
