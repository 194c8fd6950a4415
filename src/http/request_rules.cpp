#include "http/request_rules.hpp"

#include "http/characters.hpp"
#include "webhookd/base/text.hpp"

namespace webhookd::http {
namespace {

bool is_hexadecimal(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool has_whole_escapes(std::string_view text) noexcept {
    for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3)) {
        if (at + 2 >= text.size() || !is_hexadecimal(text[at + 1]) || !is_hexadecimal(text[at + 2])) return false;
    }
    return true;
}

/// The target of an absolute form without its scheme and authority; nothing where it is not one.
std::optional<std::string_view> behind_authority(std::string_view target) noexcept {
    const auto colon = target.find("://");
    if (colon == std::string_view::npos) return std::nullopt;
    const auto scheme = target.substr(0, colon);
    if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) return std::nullopt;
    target.remove_prefix(colon + 3);
    const auto end = std::min(target.find_first_of("/?"), target.size());
    if (!is_host(target.substr(0, end))) return std::nullopt;
    return target.substr(end);
}

} // namespace

std::optional<Target> split_target(std::string_view target, std::string_view method) noexcept {
    if (target == "*") return method == "OPTIONS" ? std::optional(Target{target, {}}) : std::nullopt;
    if (!target_characters.has_all(target) || !has_whole_escapes(target)) return std::nullopt;
    if (!target.starts_with('/')) {
        const auto rest = behind_authority(target);
        if (!rest) return std::nullopt;
        target = *rest;
    }
    const auto question = target.find('?');
    Target parts{target.substr(0, question), {}};
    if (parts.path.empty()) parts.path = "/";
    if (question != std::string_view::npos) parts.query = target.substr(question + 1);
    return parts;
}

bool is_host(std::string_view host) noexcept {
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        if (end == std::string_view::npos || end == 1 || !ip_literal_characters.has_all(host.substr(1, end - 1)))
            return false;
        host.remove_prefix(end + 1);
        return host.empty() || host == ":" || (host.front() == ':' && is_digits(host.substr(1)));
    }
    const auto colon = host.find(':');
    const auto name = host.substr(0, colon);
    if (name.empty() || !host_characters.has_all(name) || !has_whole_escapes(name)) return false;
    return colon == std::string_view::npos || colon + 1 == host.size() || is_digits(host.substr(colon + 1));
}

bool has_option(std::string_view list, std::string_view option) noexcept {
    for (;;) {
        const auto comma = list.find(',');
        if (equals_ignoring_case(trim(list.substr(0, comma)), option)) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
}

} // namespace webhookd::http
