#include "webhookd/ingest/quarantine.hpp"

#include "webhookd/journal/ledger.hpp"

#include <algorithm>
#include <future>

namespace webhookd::ingest {
namespace {

struct Waiting final : journal::Append {
    std::promise<journal::AppendStatus> outcome;
};

journal::AppendStatus append_and_wait(journal::Journal& journal, Waiting& append) {
    append.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    append.complete = [](journal::Append& done) noexcept {
        auto& waiting = static_cast<Waiting&>(done);
        waiting.outcome.set_value(waiting.status);
    };
    auto outcome = append.outcome.get_future();
    journal.append(append);
    return outcome.get();
}

const Route* route_of(const Routes& routes, std::string_view endpoint) {
    const auto& all = routes.all();
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const auto& route) { return route->settings.name == endpoint; });
    return at == all.end() ? nullptr : at->get();
}

/// Why the message is still none; empty when it was stored.
std::string try_again(journal::Journal& journal, const Routes& routes, event::Decoder& decoder,
                      const journal::Quarantined& kept) {
    const Route* const route = route_of(routes, kept.endpoint);
    if (!route) return "the configuration has no endpoint of this name any more";
    if (kept.status == 401) {
        const auto tag = verify::parse_signature(kept.signature);
        if (!tag || !route->secrets.verify(kept.body, *tag))
            return "its signature still fits none of the endpoint's secrets";
    }
    std::string padded(kept.body);
    padded.append(event::body_padding, '\0');
    const std::string_view body(padded.data(), kept.body.size());
    const auto& decoded = decoder.decode(body, route->rules);
    using Verdict = event::Decoded::Verdict;
    const bool is_valid = decoded.verdict == Verdict::valid;
    const bool is_taken_anyway =
        decoded.verdict == Verdict::invalid && route->settings.on_invalid == config::Endpoint::OnInvalid::accept;
    if (!is_valid && !is_taken_anyway)
        return decoded.violations.empty()
                   ? "it is still not understood"
                   : decoded.violations.front().pointer + " " + decoded.violations.front().detail;

    Waiting append;
    append.id = decoded.unique ? content_id(body) : kept.id;
    append.received = kept.received;
    append.family = decoded.is_evaluation ? journal::Family::evaluations : journal::Family::changes;
    append.attributes = decoded.attributes.bytes();
    append.body = body;
    append.endpoint = route->settings.name;
    append.duplicate_window = decoded.unique ? route->settings.deduplicate : Duration::zero();
    const auto status = append_and_wait(journal, append);
    if (status == journal::AppendStatus::stored || status == journal::AppendStatus::duplicate) return {};
    return "the store has no room for it";
}

Result<std::vector<EventId>> all_ids(journal::Ledger& ledger) {
    std::vector<EventId> ids;
    journal::QuarantineQuery query;
    for (;;) {
        const auto page = ledger.quarantined(query);
        if (!page) return page.error();
        if (page->empty()) return ids;
        query.after = page->back().id;
        for (const auto& message : *page) ids.push_back(message.id);
    }
}

} // namespace

Result<std::vector<Reconsidered>> reconsider(journal::Journal& journal, const Routes& routes,
                                             const std::vector<EventId>& ids) {
    auto& ledger = journal.ledger();
    auto wanted = ids.empty() ? all_ids(ledger) : Result<std::vector<EventId>>(ids);
    if (!wanted) return wanted.error();
    std::vector<Reconsidered> outcome;
    event::Decoder decoder;
    for (const auto& id : *wanted) {
        const auto kept = ledger.quarantined(id);
        if (!kept) return kept.error();
        if (!*kept) {
            outcome.push_back({id, false, "there is nothing in quarantine under this id"});
            continue;
        }
        auto why = try_again(journal, routes, decoder, **kept);
        const bool accepted = why.empty();
        outcome.push_back({id, accepted, std::move(why)});
        // Stored first, removed second: a crash in between leaves a message that is a duplicate the next time.
        if (accepted)
            if (auto removed = ledger.remove_quarantined({&id, 1}); !removed) return removed.error();
    }
    return outcome;
}

} // namespace webhookd::ingest
