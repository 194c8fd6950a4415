#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/operate.hpp"

namespace webhookd::cli {

Action set_up_events_erase(CLI::App& app) {
    struct Options {
        std::vector<std::string> ids, actors, identities;
    };
    auto options = std::make_shared<Options>();
    app.add_option("--id", options->ids, "of the event with this id; repeat for more")->take_all();
    app.add_option("--actor", options->actors, "of everything this person or key changed, exactly as it is written")
        ->take_all();
    app.add_option("--identity", options->identities, "of everything about this identity")->take_all();
    app.footer("Removes body and attributes everywhere in the store, for good; that there was an event remains.");
    return [options](Context& context) {
        if (options->ids.empty() && options->actors.empty() && options->identities.empty())
            throw Failure("say what to erase: --id, --actor or --identity", wrong_usage);
        const auto reply =
            operate(context, load_configuration(context), "POST", "/api/v1/events/erase",
                    {{"ids", options->ids}, {"actors", options->actors}, {"identities", options->identities}});
        context.out << "erased " << reply.at("events") << " events, " << reply.at("others")
                    << " dead letters and quarantined messages\n";
        return done;
    };
}

} // namespace webhookd::cli
