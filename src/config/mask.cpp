#include "webhookd/config/mask.hpp"

#include "webhookd/base/secret.hpp"

#include <algorithm>
#include <array>

namespace webhookd::config {
namespace {

constexpr bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '%';
}

/// Masks what stands between "://" and the last @ before the path, if there is one.
std::string mask_user_info(std::string_view text) {
    std::string out;
    for (;;) {
        const auto scheme = text.find("://");
        if (scheme == std::string_view::npos) return out.append(text);
        out.append(text.substr(0, scheme + 3));
        text.remove_prefix(scheme + 3);
        // libpq takes ? and # in a password, so they end nothing.
        const auto authority = text.substr(0, text.find_first_of("/ \t\r\n\"'"));
        const auto at = authority.rfind('@');
        if (at == std::string_view::npos) continue;
        out.append(masked);
        text.remove_prefix(at);
    }
}

/// A value in quotes, as libpq takes it, ends with its quote; another one with what separates parameters.
std::size_t end_of_value(std::string_view text) {
    if (text.starts_with('\'') || text.starts_with('"')) {
        for (std::size_t at = 1; at < text.size(); ++at) {
            if (text[at] == '\\')
                ++at;
            else if (text[at] == text.front())
                return at + 1;
        }
        return text.size();
    }
    return std::min(text.find_first_of("& \t\r\n;,#"), text.size());
}

/// Masks the value of each `name=value` whose name looks like a secret's.
std::string mask_parameters(std::string_view text) {
    std::string out;
    for (;;) {
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) return out.append(text);
        auto begin = equals;
        while (begin > 0 && is_name_character(text[begin - 1])) --begin;
        out.append(text.substr(0, equals + 1));
        const bool secret = names_secret(text.substr(begin, equals - begin));
        text.remove_prefix(equals + 1);
        if (!secret) continue;
        const auto end = end_of_value(text);
        if (end > 0) out.append(masked);
        text.remove_prefix(end);
    }
}

} // namespace

bool names_secret(std::string_view name) {
    constexpr std::array<std::string_view, 11> words{"password", "passwd",        "passphrase", "secret",
                                                     "token",    "credential",    "apikey",     "api_key",
                                                     "api-key",  "authorization", "private"};
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return std::any_of(words.begin(), words.end(), [&](auto word) { return lower.find(word) != std::string::npos; }) ||
           lower == "key" || lower == "auth" || lower == "sig" || lower == "signature" || lower.ends_with(".pem") ||
           lower.ends_with("_key") || lower.ends_with("-key") || lower.ends_with(".key");
}

std::string mask(std::string_view text) {
    return mask_parameters(mask_user_info(text));
}

} // namespace webhookd::config
