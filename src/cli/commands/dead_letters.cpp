#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/operate.hpp"
#include "cli/output.hpp"
#include "webhookd/app/event_json.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/journal/ledger.hpp"

namespace webhookd::cli {
namespace {

struct Which {
    std::string sink;
    std::vector<std::int64_t> numbers;
    bool all = false;
};

std::shared_ptr<Which> add_which(CLI::App& app) {
    auto which = std::make_shared<Which>();
    app.add_option("NUMBER", which->numbers, "dead letters by their number")->type_name("");
    app.add_option("--sink", which->sink, "all of this sink")->type_name("NAME");
    app.add_flag("--all", which->all, "all of every sink");
    return which;
}

nlohmann::json body_of(const Which& which) {
    if (which.numbers.empty() && which.sink.empty() && !which.all)
        throw Failure("name numbers, --sink or --all", wrong_usage);
    nlohmann::json body{{"numbers", which.numbers}};
    if (!which.sink.empty()) body["sink"] = which.sink;
    return body;
}

std::unique_ptr<journal::Ledger> look_into_ledger(Context& context) {
    return journal::Ledger::open_to_read(load_configuration(context).settings.store.directory);
}

} // namespace

Action set_up_dead_letters_list(CLI::App& app) {
    auto query = std::make_shared<journal::DeadLetterQuery>();
    query->limit = 1000;
    app.add_option("--sink", query->lane, "of this sink only")->type_name("NAME");
    app.add_option("--limit", query->limit, "at most so many")->capture_default_str();
    return [query](Context& context) {
        const auto letters = look_into_ledger(context)->dead_letters(*query);
        if (!letters) throw Failure(letters.error().message);
        Listing listing({{"number", true}, {"sink"}, {"died"}, {"attempts", true}, {"why"}, {"flag"}, {"id"}});
        for (const auto& letter : *letters)
            listing.add({letter.number, letter.lane, format_time_seconds(letter.died), letter.attempts, letter.why,
                         AttributeView(letter.attributes).get_or(Attribute::flag, ""), to_string(letter.id)});
        listing.print(context);
        return done;
    };
}

Action set_up_dead_letters_show(CLI::App& app) {
    auto number = std::make_shared<std::int64_t>(0);
    app.add_option("NUMBER", *number, "the number of the dead letter")->required()->type_name("");
    return [number](Context& context) {
        const auto letter = look_into_ledger(context)->dead_letter(*number);
        if (!letter) throw Failure(letter.error().message);
        if (!*letter) throw Failure("there is no dead letter " + std::to_string(*number));
        auto json = app::event_json((*letter)->sequence, (*letter)->id, (*letter)->received,
                                    AttributeView((*letter)->attributes));
        json["sink"] = (*letter)->lane;
        json["died"] = format_time((*letter)->died);
        json["attempts"] = (*letter)->attempts;
        json["why"] = (*letter)->why;
        if (context.json()) {
            json["data"] = app::body_json((*letter)->body);
            print_json(context.out, json);
            return done;
        }
        for (const auto& [key, value] : json.items())
            context.out << key << ": "
                        << (value.is_string() ? escape(value.get<std::string>()) : value.dump(-1, ' ', true)) << '\n';
        context.out << '\n' << escape((*letter)->body) << '\n';
        return done;
    };
}

Action set_up_dead_letters_retry(CLI::App& app) {
    const auto which = add_which(app);
    return [which](Context& context) {
        const auto reply = operate(context, load_configuration(context), "POST", "/api/v1/dead-letters/retry",
                                   body_of(*which), Needs::sinks);
        context.out << "trying " << reply.at("letters") << " again\n";
        return done;
    };
}

Action set_up_dead_letters_drop(CLI::App& app) {
    const auto which = add_which(app);
    return [which](Context& context) {
        const auto reply =
            operate(context, load_configuration(context), "POST", "/api/v1/dead-letters/drop", body_of(*which));
        context.out << "dropped " << reply.at("dropped") << '\n';
        return done;
    };
}

} // namespace webhookd::cli
