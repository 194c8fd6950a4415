#include "sinks/http/url_template.hpp"

#include <algorithm>

namespace webhookd::sinks::http {
namespace {

/// Whether every character may stand in a path or query as it is; braces of values aside.
bool is_encoded(std::string_view target) noexcept {
    constexpr std::string_view others = "-._~:/?@!$&'()*+,;=%[]{}|";
    return std::all_of(target.begin(), target.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               others.find(c) != std::string_view::npos;
    });
}

} // namespace

Result<UrlTemplate> UrlTemplate::parse(std::string_view text) {
    const auto scheme = text.find("://");
    const auto path = scheme == std::string_view::npos ? scheme : text.find_first_of("/?#", scheme + 3);
    const auto origin = text.substr(0, path);
    auto target = path == std::string_view::npos ? std::string("/") : std::string(text.substr(path));
    if (origin.find_first_of("{}") != std::string_view::npos)
        return Error{"has {…} outside of path and query, where no value of an event may stand"};
    auto url = webhookd::http::parse_url(origin);
    if (!url) return Error{"is ", url.error().message};
    if (target.find('#') != std::string::npos) return Error{"has a fragment (#), which is never sent"};
    if (!is_encoded(target)) return Error{"has characters that must be percent-encoded"};
    if (target.front() == '?') target.insert(0, "/");
    auto parsed = Template::parse(target, Template::Place::url);
    if (!parsed) return parsed.error();
    return UrlTemplate{std::move(*url), std::move(*parsed)};
}

} // namespace webhookd::sinks::http
