#include "cli/commands.hpp"
#include "cli/event_filter.hpp"
#include "cli/output.hpp"
#include "cli/stored_events.hpp"
#include "webhookd/app/event_json.hpp"

namespace webhookd::cli {

Action set_up_events_list(CLI::App& app) {
    const auto filter = add_filter_options(app, 50);
    return [filter](Context& context) {
        const auto store = look_into_store(context);
        auto list = nlohmann::ordered_json::array();
        Listing listing({{"time"}, {"type"}, {"flag"}, {"environment"}, {"changed"}, {"actor"}, {"id"}});
        for_each_event(*store, to_query(*filter, now()), [&](const journal::StoredEvent& event) {
            const AttributeView attributes(event.attributes);
            if (context.json()) {
                list.push_back(app::event_json(event.sequence, event.id, event.received, attributes));
                return true;
            }
            const auto cell = [&](Attribute attribute) {
                return nlohmann::ordered_json(attributes.get_or(attribute, ""));
            };
            auto type = attributes.get_or(Attribute::type, "");
            if (constexpr std::string_view prefix = "com.flagsmith."; type.starts_with(prefix))
                type.remove_prefix(prefix.size());
            listing.add({format_time_seconds(event.received), type, cell(Attribute::flag), cell(Attribute::environment),
                         cell(Attribute::changed), cell(Attribute::actor), to_string(event.id)});
            return true;
        });
        if (context.json())
            print_json(context.out, list);
        else
            listing.print(context);
        return done;
    };
}

} // namespace webhookd::cli
