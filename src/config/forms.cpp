#include "webhookd/config/forms.hpp"

#include "webhookd/base/cidr.hpp"
#include "webhookd/base/text.hpp"

#include <boost/asio/ip/address_v6.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace webhookd::config {
namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return number;
}

/// A pattern that can match at least one of the words there are.
std::optional<Complaint> form_word(std::string_view text, std::span<const std::string_view> words) {
    if (auto complaint = form_pattern(text)) return complaint;
    if (std::any_of(words.begin(), words.end(), [&](auto word) { return glob_match(text, word); })) return {};
    std::string all;
    for (const auto word : words) all += (all.empty() ? "" : ", ") + std::string(word);
    std::string hint = "there are " + all;
    if (const auto near = did_you_mean(text, words)) hint += "; did you mean \"" + std::string(*near) + "\"?";
    return Complaint{"can never match", hint};
}

} // namespace

Result<ListenAddress> parse_address(std::string_view text) {
    if (text == "systemd") return ListenAddress{ListenAddress::Kind::systemd, {}, 0};
    if (text.starts_with("unix:")) {
        constexpr std::size_t longest = 107; // sockaddr_un
        const auto path = text.substr(5);
        if (path.empty() || path.size() > longest) return Error{"is not a path of a socket"};
        return ListenAddress{ListenAddress::Kind::unix_, std::string(path), 0};
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return Error{"has no port"};
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
    if (!port) return Error{"has no port from 0 to 65535"};
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos)
        return Error{"has an IPv6 address without brackets"};
    const auto is_host_character = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == ':' || c == '%' || c == '_';
    };
    if (!std::all_of(host.begin(), host.end(), is_host_character)) return Error{"is not a host"};
    if (host.find(':') != std::string_view::npos) {
        boost::system::error_code error;
        boost::asio::ip::make_address_v6(std::string(host), error);
        if (error) return Error{"is not an IPv6 address"};
    }
    return ListenAddress{ListenAddress::Kind::tcp, std::string(host), *port};
}

std::optional<Complaint> form_address(std::string_view text) {
    if (const auto address = parse_address(text); !address)
        return Complaint{address.error().message,
                         "such as \"[::]:8443\", \"127.0.0.1:8443\", \"unix:/run/x.sock\" or \"systemd\""};
    return {};
}

std::optional<Complaint> form_address_or_none(std::string_view text) {
    return text.empty() ? std::nullopt : form_address(text);
}

std::optional<Complaint> form_network(std::string_view text) {
    if (Cidr::parse(text)) return {};
    return Complaint{"is not a network", "such as \"10.0.0.0/8\", \"2001:db8::/32\" or \"192.0.2.7\""};
}

std::optional<Complaint> form_path(std::string_view text) {
    constexpr std::size_t longest = 200; // what Flagsmith takes for a whole URL
    if (!text.starts_with('/')) return Complaint{"does not begin with a slash", "such as \"/environment-webhook\""};
    if (text.find_first_of("?#") != std::string_view::npos)
        return Complaint{"holds a query or fragment", "the query of a request is ignored"};
    if (text.size() > longest) return Complaint{"is longer than 200 characters", "Flagsmith takes no such URL"};
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; }))
        return Complaint{"holds characters that cannot stand in a URL", "percent-encode them"};
    return {};
}

std::optional<Complaint> form_path_or_none(std::string_view text) {
    return text.empty() ? std::nullopt : form_path(text);
}

std::optional<Complaint> form_pattern(std::string_view text) {
    if (text.empty()) return Complaint{"is empty", "\"*\" matches everything"};
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && ++i == text.size())
            return Complaint{"ends with a backslash", "\"\\\\\\\\\" stands for one"};
        if (text[i] != '[') continue;
        const auto close = text.find(']', i + 2);
        if (close == std::string_view::npos) return Complaint{"has \"[\" without \"]\"", "\"\\\\[\" stands for itself"};
        i = close;
    }
    return {};
}

std::optional<Complaint> form_scope(std::string_view text) {
    constexpr std::array<std::string_view, 3> scopes{"environment", "segment", "identity"};
    return form_word(text, scopes);
}

std::optional<Complaint> form_changed(std::string_view text) {
    constexpr std::array<std::string_view, 5> changes{"enabled", "value", "variants", "created", "deleted"};
    return form_word(text, changes);
}

std::optional<Complaint> form_redaction(std::string_view text) {
    constexpr std::array<std::string_view, 2> sets{"keys", "personal"};
    if (std::find(sets.begin(), sets.end(), text) != sets.end()) return {};
    if (text.starts_with('/')) {
        for (std::size_t i = 0; i < text.size(); ++i)
            if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')))
                return Complaint{"is not a JSON pointer", "\"~0\" stands for ~ and \"~1\" for /"};
        return {};
    }
    std::string hint = "\"keys\", \"personal\" or a pointer such as \"/data/author/email\" would do";
    if (const auto near = did_you_mean(text, sets)) hint += "; did you mean \"" + std::string(*near) + "\"?";
    return Complaint{"is not known", hint};
}

std::optional<Complaint> form_url(std::string_view text) {
    const auto url = boost::urls::parse_uri(text);
    if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->host().empty())
        return Complaint{"is not a URL", "such as \"https://collector.example.com/events\""};
    return {};
}

std::optional<Complaint> form_not_empty(std::string_view text) {
    if (text.empty()) return Complaint{"is empty", ""};
    return {};
}

} // namespace webhookd::config
