#include "webhookd/base/base64.hpp"
#include "webhookd/http/client.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace webhookd::http {

Result<Url> parse_url(std::string_view text) {
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed || (parsed->scheme() != "http" && parsed->scheme() != "https") || parsed->host().empty())
        return Error{"not an http or https URL"};
    Url url;
    url.tls = parsed->scheme() == "https";
    url.host = parsed->host_type() == boost::urls::host_type::ipv6 ? parsed->host_address() : parsed->host();
    url.port = parsed->has_port() ? std::string(parsed->port()) : url.tls ? "443" : "80";
    url.authority = parsed->encoded_host_and_port();
    url.target = parsed->encoded_path();
    if (url.target.empty()) url.target = "/";
    if (parsed->has_query()) url.target.append("?").append(parsed->encoded_query());
    if (parsed->has_userinfo())
        url.authorization = Secret("Basic " + to_base64(parsed->user() + ":" + parsed->password()));
    return url;
}

} // namespace webhookd::http
