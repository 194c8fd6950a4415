#include "cli/commands.hpp"
#include "cli/event_filter.hpp"
#include "cli/stored_events.hpp"
#include "webhookd/event/format.hpp"

namespace webhookd::cli {

Action set_up_events_export(CLI::App& app) {
    const auto filter = add_filter_options(app, SIZE_MAX);
    app.get_option("--limit")->default_str("all");
    auto as = std::make_shared<event::Format>(event::Format::cloudevents);
    app.add_option("--as", *as, "how each event is written")
        ->transform(
            CLI::CheckedTransformer(std::map<std::string, event::Format>{{"cloudevents", event::Format::cloudevents},
                                                                         {"raw", event::Format::raw},
                                                                         {"logfmt", event::Format::logfmt},
                                                                         {"text", event::Format::text}}))
        ->option_text("cloudevents|raw|logfmt|text");
    return [filter, as](Context& context) {
        auto query = to_query(*filter, now());
        query.newest_first = false;
        std::string line;
        for_each_event(*look_into_store(context), query, [&](const journal::StoredEvent& event) {
            line.clear();
            event::append_event(line, to_event(event), *as);
            context.out << line << '\n';
            return static_cast<bool>(context.out);
        });
        return done;
    };
}

} // namespace webhookd::cli
