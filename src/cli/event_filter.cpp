#include "cli/event_filter.hpp"

namespace webhookd::cli {
namespace {

constexpr std::array filterable{Attribute::type,  Attribute::flag,    Attribute::environment, Attribute::project,
                                Attribute::actor, Attribute::changed, Attribute::scope,       Attribute::endpoint};

std::optional<Time> moment(std::string_view option, const std::string& text, Time now) {
    if (text.empty()) return {};
    const auto time = parse_moment(text, now);
    if (!time) throw Failure(std::string(option) + ": " + time.error().message, wrong_usage);
    return *time;
}

} // namespace

std::shared_ptr<EventFilter> add_filter_options(CLI::App& app, std::size_t default_limit) {
    auto filter = std::make_shared<EventFilter>();
    filter->limit = default_limit;
    for (const auto attribute : filterable) {
        const auto& row = info(attribute);
        app.add_option("--" + std::string(row.name), filter->match[attribute],
                       std::string(row.meaning) + "; * for anything; repeat for or")
            ->type_name("PATTERN")
            ->take_all();
    }
    app.add_option("--since", filter->since, "received at or after: a time, a date, or how long ago (2h)")
        ->type_name("TIME");
    app.add_option("--until", filter->until, "received before")->type_name("TIME");
    app.add_option("--limit", filter->limit, "at most so many")->capture_default_str();
    return filter;
}

journal::Query to_query(const EventFilter& filter, Time now) {
    journal::Query query;
    for (const auto& [attribute, patterns] : filter.match)
        if (!patterns.empty()) query.match.push_back({attribute, patterns});
    query.since = moment("--since", filter.since, now);
    query.until = moment("--until", filter.until, now);
    query.limit = filter.limit;
    return query;
}

} // namespace webhookd::cli
