#pragma once

#include "cli/command.hpp"
#include "webhookd/base/secret.hpp"
#include "webhookd/http/client.hpp"

#include <nlohmann/json.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <string_view>

/// Flagsmith's REST API, as far as commands need it (routes: api/environments/urls.py, api/organisations/urls.py).
namespace webhookd::cli::flagsmith {

struct RestOptions {
    std::string api = "https://api.flagsmith.com/api/v1/";
    std::string token_file; // a user's token, or an organisation's API key
    std::string ca;         // PEM file; "": whom the system trusts
};
/// Declares --api --token-file --ca.
std::shared_ptr<RestOptions> add_rest_options(CLI::App& app);

/// One conversation, over one connection. Whatever is no success ends the command with what Flagsmith says of it.
class Rest {
public:
    explicit Rest(const RestOptions& options);

    /// `path` is relative to the API ("organisations/3/webhooks/") and encoded.
    nlohmann::json get(std::string_view path) { return ask("GET", path, {}); }
    nlohmann::json post(std::string_view path, const nlohmann::json& body) { return ask("POST", path, body.dump()); }
    nlohmann::json put(std::string_view path, const nlohmann::json& body) { return ask("PUT", path, body.dump()); }

private:
    nlohmann::json ask(std::string_view method, std::string_view path, const std::string& body);

    asio::io_context io_{1};
    std::string base_; // of every path: "/api/v1/"
    std::string headers_;
    std::unique_ptr<http::Client> client_;
};

} // namespace webhookd::cli::flagsmith
