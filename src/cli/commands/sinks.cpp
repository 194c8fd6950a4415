#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/operate.hpp"
#include "cli/output.hpp"
#include "webhookd/admin/control_client.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/journal/ledger.hpp"
#include "webhookd/journal/store.hpp"

#include <algorithm>

namespace webhookd::cli {
namespace {

/// How the sinks stand by what is on disk, while no daemon runs.
nlohmann::json sinks_at_rest(const config::Settings& settings) {
    auto list = nlohmann::json::array();
    const auto store = journal::Store::open(settings.store.directory);
    const auto ledger = journal::Ledger::open_to_read(settings.store.directory);
    const auto figures = store->figures();
    if (!figures) throw Failure(figures.error().message);
    for (const auto& sink : settings.sinks) {
        const auto lane = ledger->lane(sink.name);
        if (!lane) throw Failure(lane.error().message);
        const auto letters = ledger->dead_letter_amount(sink.name);
        const auto settled = *lane ? (*lane)->settled : 0;
        list.push_back({{"name", sink.name},
                        {"type", sink.type},
                        {"state", *lane && (*lane)->paused ? "paused" : "stopped"},
                        {"settled", settled},
                        {"backlog", *lane ? nlohmann::json(figures->committed - std::min(settled, figures->committed))
                                          : nlohmann::json()},
                        {"dead_letters", letters ? nlohmann::json(letters->count) : nlohmann::json()}});
    }
    return list;
}

nlohmann::json all_sinks(const config::Settings& settings) {
    const auto reply = admin::ask_daemon(settings.store.directory, "GET", "/api/v1/sinks");
    if (!reply) throw Failure(reply.error().message);
    if (!*reply) return sinks_at_rest(settings);
    if ((*reply)->status != 200) throw Failure("the daemon answered with status " + std::to_string((*reply)->status));
    return (*reply)->body->at("sinks");
}

Action set_up_pause(CLI::App& app, std::string_view verb) {
    auto name = std::make_shared<std::string>();
    app.add_option("NAME", *name, "the sink")->required()->type_name("");
    return [name, verb](Context& context) {
        const auto loaded = load_configuration(context);
        const auto& sinks = loaded.settings.sinks;
        if (std::none_of(sinks.begin(), sinks.end(), [&](const auto& sink) { return sink.name == *name; }))
            throw Failure("the configuration has no sink \"" + escape(*name) + "\"");
        operate(context, loaded, "POST", "/api/v1/sinks/" + url_encoded(*name) + "/" + std::string(verb),
                nlohmann::json::object());
        context.out << escape(*name) << (verb == "pause" ? " is paused\n" : " goes on\n");
        return done;
    };
}

} // namespace

Action set_up_sinks_list(CLI::App&) {
    return [](Context& context) {
        Listing listing({{"name"},
                         {"type"},
                         {"state"},
                         {"delivered", true},
                         {"backlog", true},
                         {"oldest_undelivered"},
                         {"dead_letters", true},
                         {"last_error"}});
        for (const auto& sink : all_sinks(load_configuration(context).settings)) {
            std::vector<nlohmann::ordered_json> row;
            for (const auto* key :
                 {"name", "type", "state", "delivered", "backlog", "oldest_undelivered", "dead_letters", "last_error"})
                row.push_back(sink.value(key, nlohmann::json()));
            listing.add(std::move(row));
        }
        listing.print(context);
        return done;
    };
}

Action set_up_sinks_show(CLI::App& app) {
    auto name = std::make_shared<std::string>();
    app.add_option("NAME", *name, "the sink")->required()->type_name("");
    return [name](Context& context) {
        for (const auto& sink : all_sinks(load_configuration(context).settings)) {
            if (sink.at("name") != *name) continue;
            if (context.json()) {
                print_json(context.out, sink);
                return done;
            }
            for (const auto& [key, value] : sink.items())
                context.out << key << ": "
                            << (value.is_string() ? escape(value.get<std::string>())
                                : value.is_null() ? ""
                                                  : value.dump(-1, ' ', true))
                            << '\n';
            return done;
        }
        throw Failure("there is no sink \"" + escape(*name) + "\"");
    };
}

Action set_up_sinks_pause(CLI::App& app) {
    return set_up_pause(app, "pause");
}

Action set_up_sinks_resume(CLI::App& app) {
    return set_up_pause(app, "resume");
}

} // namespace webhookd::cli
