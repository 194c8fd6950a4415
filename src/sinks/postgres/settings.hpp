#pragma once

#include "webhookd/config/sink_kind.hpp"

#include <string>

namespace webhookd::sinks::postgres {

using config::Rules;

struct Settings {
    std::string url;
    std::string table = "flagsmith_events";
    Duration timeout = std::chrono::seconds(30);
};

std::optional<config::Complaint> form_postgres_url(std::string_view text);
std::optional<config::Complaint> form_table(std::string_view text);

constexpr auto describe(std::type_identity<Settings>) {
    return std::tuple{
        config::field(
            "url", &Settings::url, "of the database, as libpq takes it",
            Rules{.required = true,
                  .form = form_postgres_url,
                  .example = "\"postgresql://webhookd:${PGPASSWORD}@db.internal/audit?sslmode=verify-full\""}),
        config::field("table", &Settings::table, "table or schema.table; made where it is missing",
                      Rules{.form = form_table}),
        config::field("timeout", &Settings::timeout, "of connecting, and of storing one batch",
                      Rules{.min = 100, .max = 600'000})};
}

} // namespace webhookd::sinks::postgres
