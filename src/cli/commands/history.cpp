#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/stored_events.hpp"

namespace webhookd::cli {
namespace {

/// A name as a pattern that fits only itself.
std::string literally(std::string_view name) {
    std::string pattern;
    for (const char c : name) {
        if (c == '*' || c == '?' || c == '[' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern;
}

std::string_view on_or_off(std::optional<std::string_view> enabled) {
    if (!enabled) return "";
    return *enabled == "true" ? "on" : "off";
}

} // namespace

Action set_up_history(CLI::App& app) {
    struct Options {
        std::string flag, environment;
    };
    auto options = std::make_shared<Options>();
    app.add_option("FLAG", options->flag, "the name of the flag")->required()->type_name("");
    app.add_option("--environment", options->environment, "in this environment only")->type_name("NAME");
    return [options](Context& context) {
        journal::Query query;
        query.match.push_back({Attribute::flag, {literally(options->flag)}});
        if (!options->environment.empty())
            query.match.push_back({Attribute::environment, {literally(options->environment)}});
        query.newest_first = false;
        query.limit = SIZE_MAX;
        Listing listing({{"time"}, {"environment"}, {"scope"}, {"state"}, {"changed"}, {"actor"}, {"id"}});
        for_each_event(*look_into_store(context), query, [&](const journal::StoredEvent& event) {
            const AttributeView attributes(event.attributes);
            const auto type = attributes.get_or(Attribute::type, "");
            std::string scope(attributes.get_or(Attribute::scope, ""));
            if (const auto segment = attributes.get(Attribute::segment)) scope.append(" ").append(*segment);
            if (scope == "identity")
                if (const auto identity = attributes.get(Attribute::identity)) scope.append(" ").append(*identity);
            const auto state = type.ends_with(".deleted") ? std::string_view("deleted")
                                                          : on_or_off(attributes.get(Attribute::enabled));
            listing.add({format_time(event.received), attributes.get_or(Attribute::environment, ""), scope, state,
                         attributes.get_or(Attribute::changed, ""), attributes.get_or(Attribute::actor, ""),
                         to_string(event.id)});
            return true;
        });
        if (listing.empty() && !context.json()) context.err << "nothing is known of a flag of this name\n";
        listing.print(context);
        return done;
    };
}

} // namespace webhookd::cli
