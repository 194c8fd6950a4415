#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/stored_events.hpp"
#include "webhookd/base/text.hpp"

namespace webhookd::cli {

Action set_up_store_info(CLI::App&) {
    return [](Context& context) {
        const auto figures = look_into_store(context)->figures();
        if (!figures) throw Failure(figures.error().message);
        nlohmann::ordered_json json;
        std::uint64_t events = 0, bytes = 0;
        constexpr std::array names{"changes", "evaluations"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto& family = figures->families[i];
            events += family.events;
            bytes += family.bytes;
            json["families"][names[i]] = {{"events", family.events},
                                          {"bytes", family.bytes},
                                          {"segments", family.segments},
                                          {"oldest", family.oldest ? nlohmann::ordered_json(format_time(*family.oldest))
                                                                   : nlohmann::ordered_json()},
                                          {"newest", family.newest ? nlohmann::ordered_json(format_time(*family.newest))
                                                                   : nlohmann::ordered_json()}};
        }
        json["events"] = events;
        json["bytes"] = bytes;
        json["last_sequence"] = figures->committed;
        json["indexed"] = figures->indexed;
        json["dead_letters"] = figures->dead_letters.count;
        json["quarantined"] = figures->quarantine.count;
        json["held_by"] = figures->holder ? nlohmann::ordered_json(*figures->holder) : nlohmann::ordered_json();
        if (context.json()) {
            print_json(context.out, json);
            return done;
        }
        for (const auto* name : names) {
            const auto& family = json.at("families").at(name);
            context.out << name << ": " << family.at("events") << " events, " << family.at("bytes") << " bytes in "
                        << family.at("segments") << " segments";
            if (family.at("oldest").is_string())
                context.out << ", from " << family.at("oldest").get<std::string>() << " to "
                            << family.at("newest").get<std::string>();
            context.out << '\n';
        }
        context.out << "last sequence " << figures->committed << ", indexed to " << figures->indexed << '\n'
                    << figures->dead_letters.count << " dead letters, " << figures->quarantine.count
                    << " in quarantine\n"
                    << (figures->holder ? "held by " + escape(*figures->holder) : std::string("no daemon runs"))
                    << '\n';
        return done;
    };
}

Action set_up_store_verify(CLI::App&) {
    return [](Context& context) {
        const auto verification = look_into_store(context)->verify();
        if (!verification) throw Failure(verification.error().message);
        auto damage = nlohmann::ordered_json::array();
        for (const auto& one : verification->damage)
            damage.push_back({{"file", one.file},
                              {"offset", one.offset},
                              {"first_sequence", one.first_sequence},
                              {"last_sequence", one.last_sequence},
                              {"what", one.what}});
        if (context.json()) {
            print_json(context.out, {{"events", verification->events},
                                     {"erased", verification->erased},
                                     {"bytes", verification->bytes},
                                     {"damage", damage}});
        } else {
            for (const auto& one : verification->damage) {
                context.out << escape(one.file) << " at " << one.offset << ": " << escape(one.what);
                if (one.first_sequence != 0)
                    context.out << " (events " << one.first_sequence << " to " << one.last_sequence << ")";
                context.out << '\n';
            }
            context.out << verification->events << " events are whole, " << verification->erased << " erased, "
                        << verification->damage.size() << " damaged places\n";
        }
        return verification->damage.empty() ? done : failed;
    };
}

Action set_up_store_backup(CLI::App& app) {
    auto destination = std::make_shared<std::string>();
    app.add_option("DIRECTORY", *destination, "a new or empty directory")->required()->type_name("");
    return [destination](Context& context) {
        const auto copied = look_into_store(context)->backup(*destination);
        if (!copied) throw Failure(copied.error().message);
        context.out << "copied to " << escape(*destination) << '\n';
        return done;
    };
}

} // namespace webhookd::cli
