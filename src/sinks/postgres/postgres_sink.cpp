#include "sinks/postgres/postgres_sink.hpp"

#include "sinks/postgres/rows.hpp"
#include "sinks/postgres/session.hpp"
#include "sinks/postgres/settings.hpp"
#include "webhookd/base/json_text.hpp"

#include <algorithm>

namespace webhookd::sinks {
namespace postgres {

std::optional<config::Complaint> form_postgres_url(std::string_view text) {
    const std::string url(text);
    char* why = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&::PQconninfoFree)> options(::PQconninfoParse(url.c_str(), &why),
                                                                                 ::PQconninfoFree);
    ::PQfreemem(why); // it may quote the password
    if (options) return {};
    return config::Complaint{"is nothing that libpq takes", "such as \"postgresql://user@host/database\""};
}

std::optional<config::Complaint> form_table(std::string_view text) {
    const auto dot = text.find('.');
    const bool is_name = !text.empty() &&
                         text.find('.', dot == std::string_view::npos ? dot : dot + 1) == std::string_view::npos &&
                         dot != 0 && dot + 1 != text.size() && text.find('\0') == std::string_view::npos;
    if (is_name) return {};
    return config::Complaint{"is no name of a table", "such as \"audit.flagsmith_events\""};
}

namespace {

using event::Event;
using sink::Away;
using sink::Outcome;
using sink::Outcomes;

constexpr std::string_view undefined_table = "42P01";

class PostgresSink final : public sink::Sink {
public:
    PostgresSink(const Settings& settings, const sink::Environment& environment)
        : settings_(settings), format_(environment.format), create_(create_statement(settings.table)),
          insert_(insert_statement(settings.table)), session_(environment.executor) {}

    sink::Capacity capacity() const override { return {.batch_events = 500, .timeout = settings_.timeout}; }

    Task<Result<void, Away>> open() override {
        const auto connected = co_await session_.connect(settings_.url);
        if (!connected) co_return Away{connected.error().message, {}};
        co_return Result<void, Away>{};
    }

    Task<Result<Outcomes, Away>> deliver(std::span<const Event> batch) override {
        // Rows that are refused may be so because of one of them: fewer are tried, down to one.
        for (auto events = batch;; events = events.first(events.size() / 2)) {
            const auto parameters = fill(events);
            auto stored = co_await session_.execute(insert_, parameters);
            if (!stored && stored.error().sqlstate == undefined_table) {
                stored = co_await session_.execute(create_, {});
                if (stored) stored = co_await session_.execute(insert_, parameters);
            }
            if (stored) co_return Outcomes(events.size());
            if (!concerns_the_rows(stored.error().sqlstate)) co_return away(stored.error());
            if (events.size() == 1)
                co_return Outcomes{Outcome::reject("PostgreSQL refused it with " + stored.error().sqlstate)};
        }
    }

    Task<> close() override {
        session_.close();
        co_return;
    }

private:
    Rows::Parameters fill(std::span<const Event> events) {
        rows_.clear();
        for (const auto& event : events) {
            text_.clear();
            append_json(event);
            rows_.add(event, text_);
        }
        return rows_.finish();
    }

    /// The column is jsonb: formats that are none go in as a string.
    void append_json(const Event& event) {
        if (format_ == event::Format::cloudevents || format_ == event::Format::raw)
            return append_event(text_, event, format_);
        std::string line;
        append_event(line, event, format_);
        append_json_string(text_, line);
    }

    static Away away(const Session::Failure& failure) {
        return {"PostgreSQL: " + failure.why + (failure.sqlstate.empty() ? "" : " (" + failure.sqlstate + ")"), {}};
    }

    const Settings settings_;
    const event::Format format_;
    const std::string create_, insert_;
    Session session_;
    Rows rows_;
    std::string text_;
};

std::unique_ptr<sink::Sink> make(std::shared_ptr<const void> settings, sink::Environment environment) {
    return std::make_unique<PostgresSink>(*static_cast<const Settings*>(settings.get()), environment);
}

} // namespace
} // namespace postgres

constinit const sink::SinkType postgres_sink{
    config::sink_kind<postgres::Settings>("postgres", "inserts rows into a table of PostgreSQL, each event once"),
    &postgres::make};

} // namespace webhookd::sinks
