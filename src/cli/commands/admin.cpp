#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "webhookd/admin/control_client.hpp"
#include "webhookd/app/token.hpp"

namespace webhookd::cli {

Action set_up_admin(CLI::App&) {
    return [](Context& context) {
        const auto loaded = load_configuration(context, config::Secrets::read);
        const auto& address = loaded.settings.admin.address;
        if (address.empty()) throw Failure("[admin] address is empty: the daemon has no admin page");
        if (address.starts_with("unix:"))
            throw Failure("the admin page is on the socket " + address.substr(5) +
                          ": put a web server in front of it, or set [admin] address to a port");
        const auto token = app::admin_token(loaded.settings);
        context.out << "http://" << address << "/?token=" << token->reveal() << "\n";
        const auto reply = admin::ask_daemon(loaded.settings.store.directory, "GET", "/livez");
        if (reply && !*reply)
            context.err << "note: no daemon runs on " << loaded.settings.store.directory.string() << " now\n";
        return done;
    };
}

} // namespace webhookd::cli
