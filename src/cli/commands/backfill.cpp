#include "cli/commands.hpp"
#include "cli/flagsmith/rest.hpp"
#include "cli/input.hpp"
#include "cli/send/client.hpp"
#include "cli/stored_events.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/base/time.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <set>
#include <vector>

namespace webhookd::cli {
namespace {

constexpr std::uint64_t page_size = 100;
constexpr std::uint64_t most_pages = 10'000; // a million entries: then the window is too large

struct Options {
    std::uint64_t organisation = 0, project = 0;
    std::string since, to, secret_file, to_ca;
    bool insecure = false, older = false, dry_run = false;
};

std::string text_of(const nlohmann::json& entry, std::string_view name) {
    const auto at = entry.find(name);
    return at != entry.end() && at->is_string() ? at->get<std::string>() : "";
}

/// The numbers of the audit entries that are stored, of those received since then. Whatever was received was written
/// before, so the window holds all that Flagsmith lists for it.
std::set<std::uint64_t> stored_entries(Context& context, Time since, bool older) {
    const auto store = look_into_store(context);
    const auto figures = store->figures();
    if (!figures) throw Failure(figures.error().message);
    const auto oldest = figures->families.front().oldest;
    if (oldest && since < *oldest && !older)
        throw Failure("the store begins at " + format_time(*oldest) +
                      ": what was received before may have been removed by `keep` or `erase`, and would be delivered "
                      "once more. A later --since would do, or --older if that is what you want");
    journal::Query query;
    query.since = since;
    query.limit = SIZE_MAX;
    query.match.push_back({Attribute::type, {"audit_log.created"}});
    std::set<std::uint64_t> numbers;
    for_each_event(*store, query, [&](const journal::StoredEvent& event) {
        const auto body = nlohmann::json::parse(event.body, nullptr, false);
        const auto pointer = nlohmann::json::json_pointer("/data/id");
        if (body.is_object() && body.contains(pointer) && body.at(pointer).is_number_unsigned())
            numbers.insert(body.at(pointer).get<std::uint64_t>());
        return true;
    });
    return numbers;
}

/// Flagsmith's entries since then that are not among `known`, the oldest first.
std::vector<nlohmann::json> missing_entries(flagsmith::Rest& rest, const std::string& path, Time since,
                                            std::set<std::uint64_t> known, std::uint64_t& seen) {
    std::vector<nlohmann::json> missing;
    for (std::uint64_t page = 1; page <= most_pages; ++page) {
        const auto answer =
            rest.get(path + "?page_size=" + std::to_string(page_size) + "&page=" + std::to_string(page));
        if (!answer.is_object() || !answer.contains("results") || !answer.at("results").is_array())
            throw Failure("Flagsmith's list of audit entries is not as expected: it has no \"results\"");
        for (const auto& entry : answer.at("results")) {
            if (!entry.is_object() || !entry.contains("id") || !entry.at("id").is_number_unsigned()) continue;
            const auto written = parse_time(text_of(entry, "created_date"));
            if (written && *written < since) { // the newest come first
                std::reverse(missing.begin(), missing.end());
                return missing;
            }
            ++seen;
            if (known.insert(entry.at("id").get<std::uint64_t>()).second) missing.push_back(entry);
        }
        if (answer.value("next", nlohmann::json()).is_null()) {
            std::reverse(missing.begin(), missing.end());
            return missing;
        }
    }
    throw Failure("there are more than " + std::to_string(most_pages * page_size) + " entries: take a later --since");
}

struct Posted {
    std::size_t taken = 0, not_understood = 0;
    std::string failure; // the first entry that was not understood, or what ended it before its end
};

Task<> post_all(send::Client& client, const std::vector<nlohmann::json>& entries, Posted& posted) {
    for (const auto& entry : entries) {
        // As Flagsmith would have sent it; keys in order, as its own are.
        const auto body = nlohmann::json{{"data", entry}, {"event_type", "AUDIT_LOG_CREATED"}}.dump();
        const auto answer = co_await client.post(body);
        if (answer && answer->status == 200) {
            ++posted.taken;
            continue;
        }
        const auto why =
            "entry " + entry.at("id").dump() + " was not taken: " +
            (answer ? std::to_string(answer->status) + " " + escape(trim(answer->body)) : answer.error().message);
        // One that is not understood is in quarantine, and no reason to leave out those behind it.
        const bool concerns_one = answer && (answer->status == 400 || answer->status == 413 || answer->status == 422);
        if (!concerns_one || posted.failure.empty()) posted.failure = why;
        if (!concerns_one) co_return;
        ++posted.not_understood;
    }
}

int run(Context& context, const Options& options, const flagsmith::RestOptions& rest_options) {
    if ((options.organisation == 0) == (options.project == 0))
        throw Failure("say whose audit log it is: --organisation ID or --project ID", wrong_usage);
    if (!options.dry_run && (options.to.empty() || options.secret_file.empty()))
        throw Failure("say where they shall go: --to URL and --secret-file FILE, or --dry-run", wrong_usage);
    const auto since = parse_moment(options.since, now());
    if (!since) throw Failure("--since " + escape(options.since) + ": " + since.error().message, wrong_usage);
    send::ClientOptions sending;
    if (!options.dry_run) {
        auto target = send::parse_target(options.to);
        if (!target) throw Failure(target.error().message, wrong_usage);
        sending.target = std::move(*target);
        sending.secret = read_secret(options.secret_file);
        sending.ca = options.to_ca;
        sending.insecure = options.insecure;
        sending.keep_alive = true;
    }
    const auto path = options.project != 0 ? "projects/" + std::to_string(options.project) + "/audit/"
                                           : "organisations/" + std::to_string(options.organisation) + "/audit/";
    flagsmith::Rest rest(rest_options);
    std::uint64_t seen = 0;
    const auto missing = missing_entries(rest, path, *since, stored_entries(context, *since, options.older), seen);
    context.out << seen << " entries in Flagsmith since " << format_time(*since) << ", " << missing.size()
                << " of them never received\n";
    if (options.dry_run) {
        for (const auto& entry : missing)
            context.out << entry.at("id") << ' ' << escape(text_of(entry, "created_date")) << ' '
                        << escape(text_of(entry, "log")) << '\n';
        return done;
    }
    if (missing.empty()) return done;
    asio::io_context io{1};
    send::Client client(io.get_executor(), sending);
    Posted posted;
    asio::co_spawn(io, post_all(client, missing, posted), [](std::exception_ptr thrown) {
        if (thrown) std::rethrow_exception(thrown);
    });
    io.run();
    context.out << "posted " << posted.taken << " of them\n";
    if (posted.not_understood > 0)
        context.out << posted.not_understood << " were not understood: see `quarantine list`\n";
    if (!posted.failure.empty()) throw Failure(posted.failure);
    return done;
}

} // namespace

Action set_up_backfill(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--organisation", options->organisation, "number of the organisation")->type_name("ID");
    app.add_option("--project", options->project, "number of the project")->type_name("ID");
    app.add_option("--since", options->since, "a time (RFC 3339), a date, or how long ago (\"7d\")")
        ->required()
        ->type_name("TIME");
    app.add_option("--to", options->to, "URL of the daemon's endpoint for the organisation")->type_name("URL");
    app.add_option("--secret-file", options->secret_file, "file with a secret of that endpoint")->type_name("FILE");
    app.add_option("--to-ca", options->to_ca, "PEM file of who signed the daemon's certificate")->type_name("FILE");
    app.add_flag("--insecure", options->insecure, "take any certificate of the daemon");
    app.add_flag("--older", options->older,
                 "also what is older than the store: of that nobody knows whether it was received and removed since");
    app.add_flag("--dry-run", options->dry_run, "only list what was never received");
    const auto rest = flagsmith::add_rest_options(app);
    return [options, rest](Context& context) { return run(context, *options, *rest); };
}

} // namespace webhookd::cli
