#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/event_filter.hpp"
#include "cli/operate.hpp"

namespace webhookd::cli {

Action set_up_replay(CLI::App& app) {
    struct Options {
        std::string sink;
        std::vector<std::string> ids;
        bool dry_run = false;
    };
    auto options = std::make_shared<Options>();
    app.add_option("--sink", options->sink, "where to deliver them")->required()->type_name("NAME");
    app.add_option("--id", options->ids, "the event with this id; repeat for more")->take_all();
    const auto filter = add_filter_options(app, 0);
    app.remove_option(app.get_option("--limit"));
    app.add_flag("--dry-run", options->dry_run, "only tell how many it would be");
    return [options, filter](Context& context) {
        const auto query = to_query(*filter, now());
        if (options->ids.empty() && !query.since) throw Failure("say which events: --id or --since", wrong_usage);
        nlohmann::json body{{"sink", options->sink}, {"dry_run", options->dry_run}};
        if (!options->ids.empty()) body["ids"] = options->ids;
        if (query.since) body["since"] = format_time(*query.since);
        if (query.until) body["until"] = format_time(*query.until);
        for (const auto& [attribute, patterns] : filter->match)
            if (!patterns.empty()) body["match"][std::string(info(attribute).name)] = patterns;
        const auto reply = operate(context, load_configuration(context), "POST", "/api/v1/replay", body, Needs::sinks);
        if (options->dry_run)
            context.out << reply.at("events") << " events would be delivered again\n";
        else
            context.out << "started; `flagsmith-webhookd sinks show` tells how it goes\n";
        return done;
    };
}

} // namespace webhookd::cli
