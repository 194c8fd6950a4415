#include "app/journal_settings.hpp"

#include "app/fatal.hpp"
#include "webhookd/app/operations.hpp"

#include <algorithm>

namespace webhookd::app {

journal::Settings journal_settings(const config::Settings& all) {
    const auto& store = all.store;
    journal::Settings settings;
    settings.directory = store.directory;
    settings.sync =
        store.sync == config::Store::Sync::full ? journal::Settings::Sync::full : journal::Settings::Sync::normal;
    settings.changes = {store.keep, store.max_size};
    settings.evaluations = {store.evaluations.keep, store.evaluations.max_size};
    for (const auto& endpoint : all.endpoints)
        settings.duplicate_window = std::max(settings.duplicate_window, endpoint.deduplicate);
    return settings;
}

std::unique_ptr<journal::Journal> open_store(const config::Settings& settings) {
    return journal::Journal::open(journal_settings(settings), die);
}

} // namespace webhookd::app
