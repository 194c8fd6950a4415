#include "cli/stored_events.hpp"

#include "cli/configuration.hpp"
#include "webhookd/app/event_json.hpp"
#include "webhookd/event/format.hpp"

#include <algorithm>

namespace webhookd::cli {
namespace {

constexpr std::size_t page_size = 1'000;

} // namespace

std::unique_ptr<journal::Store> look_into_store(Context& context) {
    return journal::Store::open(load_configuration(context).settings.store.directory);
}

void for_each_event(journal::Store& store, journal::Query query,
                    const std::function<bool(const journal::StoredEvent&)>& visit) {
    auto left = query.limit;
    while (left > 0) {
        query.limit = std::min(left, page_size);
        const auto page = store.find(query);
        if (!page) throw Failure(page.error().message);
        for (const auto& event : page->events)
            if (!visit(event)) return;
        left -= page->events.size();
        if (page->next == 0) return;
        query.after = page->next;
    }
}

event::Event to_event(const journal::StoredEvent& stored) {
    return {stored.sequence, stored.id, stored.received, AttributeView(stored.attributes), stored.body, false};
}

void print_event_line(Context& context, const journal::StoredEvent& stored) {
    if (context.json()) {
        context.out << app::event_json(stored.sequence, stored.id, stored.received, AttributeView(stored.attributes))
                           .dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace)
                    << '\n';
        return;
    }
    std::string line;
    event::append_event(line, to_event(stored), event::Format::text);
    context.out << line << '\n';
}

} // namespace webhookd::cli
