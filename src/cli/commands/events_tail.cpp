#include "cli/commands.hpp"
#include "cli/event_filter.hpp"
#include "cli/stored_events.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace webhookd::cli {
namespace {

constexpr std::chrono::milliseconds look_again{200};

} // namespace

Action set_up_events_tail(CLI::App& app) {
    const auto filter = add_filter_options(app, 10);
    auto follow = std::make_shared<bool>(false);
    app.add_flag("-f,--follow", *follow, "go on with events as they come in");
    return [filter, follow](Context& context) {
        const auto store = look_into_store(context);
        const auto figures = store->figures();
        if (!figures) throw Failure(figures.error().message);
        std::uint64_t last = figures->committed;

        auto query = to_query(*filter, now());
        std::vector<journal::StoredEvent> latest;
        for_each_event(*store, query, [&](const journal::StoredEvent& event) {
            last = std::max(last, event.sequence);
            latest.push_back(event);
            return true;
        });
        for (auto event = latest.rbegin(); event != latest.rend(); ++event) print_event_line(context, *event);
        context.out << std::flush;

        query.newest_first = false;
        query.limit = SIZE_MAX;
        while (*follow && context.out) {
            query.after = last;
            for_each_event(*store, query, [&](const journal::StoredEvent& event) {
                last = event.sequence;
                print_event_line(context, event);
                return true;
            });
            context.out << std::flush;
            std::this_thread::sleep_for(look_again);
        }
        return done;
    };
}

} // namespace webhookd::cli
