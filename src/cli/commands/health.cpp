#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "webhookd/admin/control_client.hpp"

namespace webhookd::cli {

Action set_up_health(CLI::App&) {
    return [](Context& context) {
        const auto directory = load_configuration(context).settings.store.directory;
        const auto reply = admin::ask_daemon(directory, "GET", "/readyz");
        if (!reply) throw Failure(reply.error().message);
        if (!*reply) throw Failure("no daemon runs on " + directory.string());
        if ((*reply)->status != 200) throw Failure("events cannot be stored");
        context.out << "ok\n";
        return done;
    };
}

} // namespace webhookd::cli
