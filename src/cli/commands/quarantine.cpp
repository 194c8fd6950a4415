#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/operate.hpp"
#include "cli/output.hpp"
#include "webhookd/app/event_json.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/journal/ledger.hpp"

namespace webhookd::cli {
namespace {

std::unique_ptr<journal::Ledger> look_into_ledger(Context& context) {
    return journal::Ledger::open_to_read(load_configuration(context).settings.store.directory);
}

nlohmann::ordered_json reasons_of(const journal::Quarantined& message) {
    auto reasons = nlohmann::ordered_json::parse(message.reasons, nullptr, false);
    return reasons.is_array() ? reasons : nlohmann::ordered_json::array();
}

std::string first_reason(const journal::Quarantined& message) {
    const auto reasons = reasons_of(message);
    if (reasons.empty()) return message.status == 401 ? "the signature fits no secret" : "";
    return reasons.front().value("pointer", "") + " " + reasons.front().value("detail", "");
}

std::shared_ptr<std::vector<std::string>> add_ids(CLI::App& app, bool& all) {
    auto ids = std::make_shared<std::vector<std::string>>();
    app.add_option("ID", *ids, "messages by their id")->type_name("");
    app.add_flag("--all", all, "all of them");
    return ids;
}

} // namespace

Action set_up_quarantine_list(CLI::App& app) {
    auto query = std::make_shared<journal::QuarantineQuery>();
    query->limit = 1000;
    app.add_option("--endpoint", query->endpoint, "of this endpoint only");
    app.add_option("--limit", query->limit, "at most so many")->capture_default_str();
    return [query](Context& context) {
        const auto messages = look_into_ledger(context)->quarantined(*query);
        if (!messages) throw Failure(messages.error().message);
        Listing listing({{"time"}, {"endpoint"}, {"status", true}, {"why"}, {"id"}});
        for (const auto& message : *messages)
            listing.add({format_time_seconds(message.received), message.endpoint, message.status, first_reason(message),
                         to_string(message.id)});
        listing.print(context);
        return done;
    };
}

Action set_up_quarantine_show(CLI::App& app) {
    struct Options {
        std::string id;
        bool raw = false;
    };
    auto options = std::make_shared<Options>();
    app.add_option("ID", options->id, "the id of the message")->required()->type_name("");
    app.add_flag("--raw", options->raw, "the exact bytes, and nothing else");
    return [options](Context& context) {
        const auto id = parse_id(options->id);
        if (!id) throw Failure("\"" + escape(options->id) + "\" is not an id", wrong_usage);
        const auto message = look_into_ledger(context)->quarantined(*id);
        if (!message) throw Failure(message.error().message);
        if (!*message) throw Failure("nothing in quarantine has the id " + options->id);
        if (options->raw) {
            context.out << (*message)->body << std::flush;
            return done;
        }
        const nlohmann::ordered_json json{{"id", options->id},
                                          {"time", format_time((*message)->received)},
                                          {"endpoint", (*message)->endpoint},
                                          {"status", (*message)->status},
                                          {"errors", reasons_of(**message)},
                                          {"data", app::body_json((*message)->body)}};
        if (context.json()) {
            print_json(context.out, json);
            return done;
        }
        context.out << format_time((*message)->received) << "  " << escape((*message)->endpoint) << "  "
                    << (*message)->status << '\n';
        for (const auto& reason : json.at("errors"))
            context.out << "  " << escape(reason.value("pointer", "")) << "  " << escape(reason.value("rule", ""))
                        << "  " << escape(reason.value("detail", "")) << '\n';
        context.out << '\n'
                    << (json.at("data").is_string() ? escape((*message)->body) : json.at("data").dump(2, ' ', true))
                    << '\n';
        return done;
    };
}

Action set_up_quarantine_retry(CLI::App& app) {
    auto all = std::make_shared<bool>(false);
    const auto ids = add_ids(app, *all);
    return [ids, all](Context& context) {
        if (ids->empty() && !*all) throw Failure("name ids, or --all", wrong_usage);
        const auto reply = operate(context, load_configuration(context), "POST", "/api/v1/quarantine/retry",
                                   {{"ids", *ids}}, Needs::secrets);
        for (const auto& message : reply.at("messages"))
            if (!message.at("accepted").get<bool>())
                context.err << message.at("id").get<std::string>() << ": "
                            << escape(message.at("why").get<std::string>()) << '\n';
        const auto accepted = reply.at("accepted").get<std::size_t>();
        context.out << "accepted " << accepted << " of " << reply.at("messages").size() << '\n';
        return accepted == reply.at("messages").size() ? done : failed;
    };
}

Action set_up_quarantine_drop(CLI::App& app) {
    auto all = std::make_shared<bool>(false);
    const auto ids = add_ids(app, *all);
    return [ids, all](Context& context) {
        if (ids->empty() && !*all) throw Failure("name ids, or --all", wrong_usage);
        const auto reply = operate(context, load_configuration(context), "POST", "/api/v1/quarantine/drop",
                                   {{"ids", *ids}, {"all", *all}});
        context.out << "dropped " << reply.at("dropped") << '\n';
        return done;
    };
}

} // namespace webhookd::cli
