#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/stored_events.hpp"
#include "webhookd/app/event_json.hpp"
#include "webhookd/base/text.hpp"

namespace webhookd::cli {

Action set_up_events_show(CLI::App& app) {
    struct Options {
        std::string id;
        bool raw = false;
    };
    auto options = std::make_shared<Options>();
    app.add_option("ID", options->id, "the id of the event")->required()->type_name("");
    app.add_flag("--raw", options->raw, "the exact bytes of the body, and nothing else");
    return [options](Context& context) {
        const auto id = parse_id(options->id);
        if (!id) throw Failure("\"" + escape(options->id) + "\" is not an id", wrong_usage);
        journal::Query query;
        query.ids = {*id};
        query.limit = 1;
        const auto page = look_into_store(context)->find(query);
        if (!page) throw Failure(page.error().message);
        if (page->events.empty()) throw Failure("no event has the id " + options->id);
        const auto& event = page->events.front();
        if (options->raw) {
            context.out << event.body << std::flush;
            return done;
        }
        auto json = app::event_json(event.sequence, event.id, event.received, AttributeView(event.attributes));
        if (context.json()) {
            json["data"] = app::body_json(event.body);
            print_json(context.out, json);
            return done;
        }
        std::size_t width = 0;
        for (const auto& [name, value] : json.items()) width = std::max(width, name.size());
        for (const auto& [name, value] : json.items())
            context.out << name << std::string(width + 2 - name.size(), ' ')
                        << (value.is_string() ? escape(value.get<std::string>()) : value.dump(-1, ' ', true)) << '\n';
        context.out << '\n'
                    << app::body_json(event.body).dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace)
                    << '\n';
        return done;
    };
}

} // namespace webhookd::cli
