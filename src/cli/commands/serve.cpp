#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "webhookd/app/application.hpp"

namespace webhookd::cli {

Action set_up_serve(CLI::App&) {
    return [](Context& context) {
        app::Application application(load_configuration(context),
                                     [file = context.config_file] { return read_configuration(file); });
        return application.run();
    };
}

} // namespace webhookd::cli
