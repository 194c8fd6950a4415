#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "webhookd/app/application.hpp"

namespace webhookd::cli {

Action set_up_serve(CLI::App&) {
    return [](Context& context) {
        auto loaded = load_configuration(context, config::Secrets::read);
        print_warnings(context, loaded.warnings);
        app::Application application(std::move(loaded),
                                     [file = context.config_file] { return read_configuration(file); });
        return application.run();
    };
}

} // namespace webhookd::cli
