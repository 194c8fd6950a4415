#include "cli/commands.hpp"

#include "cli/configuration.hpp"
#include "cli/output.hpp"
#include "webhookd/app/builtin_sinks.hpp"
#include "webhookd/config/example.hpp"
#include "webhookd/config/show.hpp"

namespace webhookd::cli {

Action set_up_config_example(CLI::App&) {
    return [](Context& context) {
        context.out << config::example(app::builtin_sink_kinds());
        return done;
    };
}

Action set_up_config_show(CLI::App&) {
    return [](Context& context) {
        const auto loaded = load_configuration(context);
        const auto sections = config::sections(loaded.settings, app::builtin_sink_kinds());
        if (context.json())
            print_json(context.out, config::to_json(sections));
        else
            context.out << config::to_toml(sections);
        return done;
    };
}

Action set_up_config_reference(CLI::App&) {
    return [](Context& context) {
        context.out << config::reference();
        for (const auto& kind : app::builtin_sink_kinds()) context.out << config::reference(kind);
        return done;
    };
}

} // namespace webhookd::cli
