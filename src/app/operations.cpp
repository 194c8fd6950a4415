#include "webhookd/app/operations.hpp"

#include "webhookd/app/event_json.hpp"
#include "webhookd/base/attribute_patterns.hpp"
#include "webhookd/delivery/delivery.hpp"
#include "webhookd/ingest/quarantine.hpp"
#include "webhookd/journal/journal.hpp"
#include "webhookd/journal/ledger.hpp"
#include "webhookd/journal/store.hpp"
#include "webhookd/verify/verify.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace webhookd::app {
namespace {

using admin::Call;
using admin::Reply;
using nlohmann::json;

/// Pages are bounded, however many were asked for.
constexpr std::size_t most_listed = 10'000;

Reply failed(const Error& error) {
    return Reply::failed(500, error.message);
}
Reply not_a(std::string_view what) {
    return Reply::failed(400, what);
}

std::uint64_t number(const Call& call, const std::string& key, std::uint64_t otherwise) {
    const auto at = call.query.find(key);
    if (at == call.query.end()) return otherwise;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(at->second.data(), at->second.data() + at->second.size(), value);
    return error == std::errc{} ? value : otherwise;
}

Result<std::vector<EventId>> ids_of(const json& body) {
    std::vector<EventId> ids;
    for (const auto& text : body.value("ids", json::array())) {
        const auto id = parse_id(text.get<std::string>());
        if (!id) return Error{"\"", text.get<std::string>(), "\" is not an id"};
        ids.push_back(*id);
    }
    return ids;
}

// --- health and sinks ---

Reply list_sinks(delivery::Delivery& delivery) {
    json sinks = json::array();
    for (const auto& lane : delivery.lanes()) {
        json sink{{"name", lane.sink},
                  {"type", lane.type},
                  {"state", word(lane.state)},
                  {"delivered", lane.delivered},
                  {"failures", lane.failures},
                  {"skipped", lane.skipped},
                  {"dead_letters", lane.dead_letters},
                  {"backlog", lane.backlog_events},
                  {"settled", lane.settled},
                  {"last_error", lane.last_error}};
        sink["oldest_undelivered"] = lane.oldest_undelivered ? json(format_time(*lane.oldest_undelivered)) : json();
        sink["oldest_undelivered_seconds"] =
            lane.oldest_undelivered
                ? json(std::chrono::duration_cast<std::chrono::seconds>(now() - *lane.oldest_undelivered).count())
                : json();
        sink["last_error_time"] = lane.last_error_at ? json(format_time(*lane.last_error_at)) : json();
        sinks.push_back(std::move(sink));
    }
    return Reply::ok({{"sinks", std::move(sinks)}});
}

Reply pause(const Parts& parts, const std::string& sink, bool paused) {
    const auto outcome =
        parts.delivery ? parts.delivery->pause(sink, paused) : parts.journal.ledger().set_paused(sink, paused);
    if (!outcome) return Reply::failed(404, outcome.error().message);
    return Reply::ok({{"sink", sink}, {"paused", paused}});
}

// --- events ---

Reply list_events(journal::Store& store, const Call& call) {
    journal::Query query;
    for (const auto& row : attribute_table)
        if (const auto at = call.query.find(std::string(row.name)); at != call.query.end())
            query.match.push_back({row.attribute, {at->second}});
    query.limit = std::min<std::size_t>(number(call, "limit", 100), most_listed);
    query.after = number(call, "after", 0);
    const auto page = store.find(query);
    if (!page) return failed(page.error());
    json events = json::array();
    for (const auto& event : page->events)
        events.push_back(json(event_json(event.sequence, event.id, event.received, AttributeView(event.attributes))));
    return Reply::ok({{"events", std::move(events)}, {"next", page->next}});
}

Reply erase(journal::Journal& journal, const Call& call) {
    journal::Erasure erasure;
    const auto ids = ids_of(*call.body);
    if (!ids) return not_a(ids.error().message);
    erasure.ids = *ids;
    erasure.actors = call.body->value("actors", std::vector<std::string>{});
    erasure.identities = call.body->value("identities", std::vector<std::string>{});
    if (erasure.ids.empty() && erasure.actors.empty() && erasure.identities.empty())
        return not_a("say what to erase: ids, actors or identities");
    const auto erased = journal.erase(erasure);
    if (!erased) return failed(erased.error());
    return Reply::ok({{"events", erased->events}, {"others", erased->others}});
}

// --- deliveries once more ---

Reply replay(const Parts& parts, const Call& call) {
    const auto& body = *call.body;
    const auto sink = body.at("sink").get<std::string>();
    delivery::Replay replay;
    const auto ids = ids_of(body);
    if (!ids) return not_a(ids.error().message);
    if (!ids->empty()) {
        journal::Query query;
        query.ids = *ids;
        query.newest_first = false;
        query.limit = ids->size();
        const auto page = parts.journal.store().find(query);
        if (!page) return failed(page.error());
        for (const auto& event : page->events) replay.sequences.push_back(event.sequence);
        if (replay.sequences.size() < ids->size())
            return Reply::failed(404, "not all of these events are in the store");
    }
    for (auto [key, member] : {std::pair{"since", &replay.since}, std::pair{"until", &replay.until}}) {
        if (!body.contains(key)) continue;
        const auto time = parse_time(body.at(key).get<std::string>());
        if (!time) return not_a(time.error().message);
        *member = *time;
    }
    const auto match = body.value("match", json::object());
    for (auto [key, member] : {std::pair{"type", &replay.match.type},
                               {"environment", &replay.match.environment},
                               {"flag", &replay.match.flag},
                               {"changed", &replay.match.changed},
                               {"project", &replay.match.project},
                               {"endpoint", &replay.match.endpoint},
                               {"scope", &replay.match.scope},
                               {"actor", &replay.match.actor}})
        *member = match.value(key, std::vector<std::string>{});
    if (body.value("dry_run", false)) {
        const auto count = replay.sequences.empty() ? parts.delivery->count(sink, replay)
                                                    : Result<std::uint64_t>(replay.sequences.size());
        if (!count) return Reply::failed(404, count.error().message);
        return Reply::ok({{"events", *count}, {"dry_run", true}});
    }
    const auto started = parts.delivery->replay(sink, std::move(replay));
    if (!started) return Reply::failed(404, started.error().message);
    return Reply::ok({{"redelivery", *started}});
}

Reply list_redeliveries(delivery::Delivery& delivery) {
    json list = json::array();
    for (const auto& one : delivery.redeliveries())
        list.push_back({{"redelivery", one.number},
                        {"sink", one.sink},
                        {"of", one.is_retry ? "dead letters" : "events"},
                        {"delivered", one.delivered},
                        {"failed", one.failed},
                        {"over", one.is_over},
                        {"why", one.why}});
    return Reply::ok({{"redeliveries", std::move(list)}});
}

// --- dead letters ---

json dead_letter_json(const journal::DeadLetter& letter) {
    return {{"number", letter.number},
            {"sink", letter.lane},
            {"id", to_string(letter.id)},
            {"sequence", letter.sequence},
            {"received", format_time(letter.received)},
            {"died", format_time(letter.died)},
            {"attempts", letter.attempts},
            {"why", letter.why},
            {"type", AttributeView(letter.attributes).get_or(Attribute::type, "")},
            {"flag", AttributeView(letter.attributes).get_or(Attribute::flag, "")}};
}

Reply list_dead_letters(journal::Ledger& ledger, const Call& call) {
    journal::DeadLetterQuery query;
    if (const auto at = call.query.find("sink"); at != call.query.end()) query.lane = at->second;
    query.after = static_cast<std::int64_t>(number(call, "after", 0));
    query.limit = std::min<std::size_t>(number(call, "limit", 1000), most_listed);
    const auto letters = ledger.dead_letters(query);
    if (!letters) return failed(letters.error());
    json list = json::array();
    for (const auto& letter : *letters) list.push_back(dead_letter_json(letter));
    return Reply::ok({{"dead_letters", std::move(list)}});
}

/// The numbers the call names; of all letters of the sink, or of all sinks, where it names none.
Result<std::vector<journal::DeadLetter>> named_letters(journal::Ledger& ledger, const json& body) {
    std::vector<journal::DeadLetter> letters;
    const auto numbers = body.value("numbers", std::vector<std::int64_t>{});
    for (const auto one : numbers) {
        auto letter = ledger.dead_letter(one);
        if (!letter) return letter.error();
        if (!*letter) return Error{"there is no dead letter ", std::to_string(one)};
        letters.push_back(std::move(**letter));
    }
    if (!numbers.empty()) return letters;
    journal::DeadLetterQuery query;
    query.lane = body.value("sink", "");
    for (;;) {
        auto page = ledger.dead_letters(query);
        if (!page) return page.error();
        if (page->empty()) return letters;
        query.after = page->back().number;
        std::move(page->begin(), page->end(), std::back_inserter(letters));
    }
}

Reply retry_dead_letters(const Parts& parts, const Call& call) {
    const auto letters = named_letters(parts.journal.ledger(), *call.body);
    if (!letters) return Reply::failed(404, letters.error().message);
    std::map<std::string, delivery::Retry> by_sink;
    for (const auto& letter : *letters) by_sink[letter.lane].numbers.push_back(letter.number);
    json started = json::array();
    for (auto& [sink, retry] : by_sink) {
        const auto number = parts.delivery->retry(sink, std::move(retry));
        if (!number) return Reply::failed(404, number.error().message);
        started.push_back(*number);
    }
    return Reply::ok({{"letters", letters->size()}, {"redeliveries", std::move(started)}});
}

Reply drop_dead_letters(journal::Ledger& ledger, const Call& call) {
    const auto letters = named_letters(ledger, *call.body);
    if (!letters) return Reply::failed(404, letters.error().message);
    std::vector<std::int64_t> numbers;
    for (const auto& letter : *letters) numbers.push_back(letter.number);
    const auto removed = ledger.remove_dead_letters(numbers);
    if (!removed) return failed(removed.error());
    return Reply::ok({{"dropped", *removed}});
}

// --- quarantine ---

Reply list_quarantine(journal::Ledger& ledger, const Call& call) {
    journal::QuarantineQuery query;
    if (const auto at = call.query.find("endpoint"); at != call.query.end()) query.endpoint = at->second;
    query.limit = std::min<std::size_t>(number(call, "limit", 1000), most_listed);
    const auto messages = ledger.quarantined(query);
    if (!messages) return failed(messages.error());
    json list = json::array();
    for (const auto& message : *messages)
        list.push_back({{"id", to_string(message.id)},
                        {"time", format_time(message.received)},
                        {"endpoint", message.endpoint},
                        {"status", message.status},
                        {"errors", json::parse(message.reasons, nullptr, false)}});
    return Reply::ok({{"quarantine", std::move(list)}});
}

Reply retry_quarantine(const Parts& parts, const Call& call) {
    const auto ids = ids_of(*call.body);
    if (!ids) return not_a(ids.error().message);
    const auto outcome = ingest::reconsider(parts.journal, *parts.routes(), *ids);
    if (!outcome) return failed(outcome.error());
    json list = json::array();
    std::size_t accepted = 0;
    for (const auto& one : *outcome) {
        list.push_back({{"id", to_string(one.id)}, {"accepted", one.accepted}, {"why", one.why}});
        accepted += one.accepted ? 1 : 0;
    }
    return Reply::ok({{"accepted", accepted}, {"messages", std::move(list)}});
}

Reply drop_quarantine(journal::Ledger& ledger, const Call& call) {
    auto ids = ids_of(*call.body);
    if (!ids) return not_a(ids.error().message);
    if (ids->empty() && call.body->value("all", false)) {
        journal::QuarantineQuery query;
        for (;;) {
            const auto page = ledger.quarantined(query);
            if (!page) return failed(page.error());
            if (page->empty()) break;
            query.after = page->back().id;
            for (const auto& message : *page) ids->push_back(message.id);
        }
    }
    const auto removed = ledger.remove_quarantined(*ids);
    if (!removed) return failed(removed.error());
    return Reply::ok({{"dropped", *removed}});
}

// --- signatures ---

/// Whose secret made a signature: so that who gives Flagsmith a new one can tell when it is taken here.
Reply check_signature(const ingest::Routes& routes, const Call& call) {
    const auto tag = verify::parse_signature(call.body->value("signature", ""));
    if (!tag) return not_a("a signature is 64 hexadecimal digits");
    const auto body = call.body->value("body", "");
    for (const auto& route : routes.all())
        if (const auto secret = route->secrets.verify(body, *tag))
            return Reply::ok({{"endpoint", route->settings.name}, {"secret", route->secrets.name(*secret)}});
    return Reply::ok({{"endpoint", nullptr}, {"secret", nullptr}});
}

} // namespace

void add_operations(admin::Api& api, const Parts& parts) {
    auto& journal = parts.journal;
    const auto add = [&](std::string_view method, std::string_view path, std::string_view meaning,
                         std::function<Reply(const Call&)> run) {
        api.add({method, path, meaning, std::move(run)});
    };
    // Operations that need lanes are there only where lanes are.
    const auto add_with_lanes = [&](std::string_view method, std::string_view path, std::string_view meaning,
                                    std::function<Reply(const Call&)> run) {
        if (parts.delivery) add(method, path, meaning, std::move(run));
    };
    add("GET", "/api/v1/health", "whether events can be stored", [parts](const Call&) {
        return Reply::ok({{"status", parts.is_ready() ? "ok" : "events cannot be stored"}});
    });

    add_with_lanes("GET", "/api/v1/sinks", "how the sinks are doing",
                   [parts](const Call&) { return list_sinks(*parts.delivery); });
    add("POST", "/api/v1/sinks/*/pause", "stops delivering to a sink",
        [parts](const Call& call) { return pause(parts, call.arguments.at(0), true); });
    add("POST", "/api/v1/sinks/*/resume", "goes on delivering",
        [parts](const Call& call) { return pause(parts, call.arguments.at(0), false); });

    add("GET", "/api/v1/events", "stored events, the newest first",
        [&journal](const Call& call) { return list_events(journal.store(), call); });
    add("POST", "/api/v1/events/erase", "removes bodies and attributes for good",
        [&journal](const Call& call) { return erase(journal, call); });

    add_with_lanes("POST", "/api/v1/replay", "delivers stored events once more",
                   [parts](const Call& call) { return replay(parts, call); });
    add_with_lanes("GET", "/api/v1/redeliveries", "replays and retries",
                   [parts](const Call&) { return list_redeliveries(*parts.delivery); });

    add("GET", "/api/v1/dead-letters", "what sinks gave up on",
        [&journal](const Call& call) { return list_dead_letters(journal.ledger(), call); });
    add_with_lanes("POST", "/api/v1/dead-letters/retry", "tries them again",
                   [parts](const Call& call) { return retry_dead_letters(parts, call); });
    add("POST", "/api/v1/dead-letters/drop", "forgets them",
        [&journal](const Call& call) { return drop_dead_letters(journal.ledger(), call); });

    add("GET", "/api/v1/quarantine", "what was signed but not understood",
        [&journal](const Call& call) { return list_quarantine(journal.ledger(), call); });
    add("POST", "/api/v1/quarantine/retry", "looks at them again with today's rules",
        [parts](const Call& call) { return retry_quarantine(parts, call); });
    add("POST", "/api/v1/quarantine/drop", "forgets them",
        [&journal](const Call& call) { return drop_quarantine(journal.ledger(), call); });

    add("POST", "/api/v1/signatures", "which endpoint's secret made a signature",
        [parts](const Call& call) { return check_signature(*parts.routes(), call); });
}

} // namespace webhookd::app
