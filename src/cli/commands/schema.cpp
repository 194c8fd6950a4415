#include "cli/commands.hpp"

#include "cli/event_reference.hpp"
#include "cli/output.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/event/schema.hpp"

#include <memory>

namespace webhookd::cli {

Action set_up_schema_list(CLI::App&) {
    return [](Context& context) {
        Listing listing({{"name"}, {"meaning"}});
        for (const auto& schema : event::schemas()) listing.add({schema.name, schema.meaning});
        listing.print(context);
        return done;
    };
}

Action set_up_schema_print(CLI::App& app) {
    auto name = std::make_shared<std::string>();
    app.add_option("NAME", *name, "a name that `schema list` shows")->required();
    return [name](Context& context) {
        if (const auto schema = event::json_schema(*name)) {
            context.out << *schema;
            return done;
        }
        std::vector<std::string_view> names;
        for (const auto& schema : event::schemas()) names.push_back(schema.name);
        const auto near = did_you_mean(*name, names);
        throw Failure("there is no schema \"" + escape(*name) + "\"" +
                          (near ? " (did you mean \"" + std::string(*near) + "\"?)" : "; `schema list` shows all"),
                      wrong_usage);
    };
}

Action set_up_schema_asyncapi(CLI::App&) {
    return [](Context& context) {
        context.out << event::asyncapi_document();
        return done;
    };
}

Action set_up_schema_reference(CLI::App&) {
    return [](Context& context) {
        context.out << event_reference();
        return done;
    };
}

} // namespace webhookd::cli
