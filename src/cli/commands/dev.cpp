#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "webhookd/app/application.hpp"
#include "webhookd/app/dev_home.hpp"

namespace webhookd::cli {

Action set_up_dev(CLI::App& app) {
    auto options = std::make_shared<app::DevOptions>();
    auto forward = std::make_shared<std::string>();
    app.add_option("--port", options->port, "the port to listen on")->capture_default_str();
    app.add_flag("--plain", options->plain, "HTTP without TLS");
    app.add_option("--forward", *forward, "a URL that every event is passed on to");
    return [options, forward](Context& context) {
        if (!forward->empty()) options->forward = *forward;
        const auto home = app::prepare_dev_home(app::dev_folder, *options);
        auto loaded = read_configuration(home.config); // its warnings, such as one secret for all, are meant so here
        if (!loaded) throw Failure(loaded.error().front().text(), refused_configuration);
        app::Application application(std::move(*loaded), [file = home.config] { return read_configuration(file); });
        context.err << app::dev_banner(home, *options) << std::flush;
        return application.run();
    };
}

} // namespace webhookd::cli
