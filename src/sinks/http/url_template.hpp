#pragma once

#include "webhookd/http/client.hpp"
#include "webhookd/sink/template.hpp"

namespace webhookd::sinks::http {

using sink::Template;

/// A URL whose path and query may hold values of an event; scheme, host and port never do.
struct UrlTemplate {
    webhookd::http::Url origin;
    Template target;

    static Result<UrlTemplate> parse(std::string_view text);
};

} // namespace webhookd::sinks::http
