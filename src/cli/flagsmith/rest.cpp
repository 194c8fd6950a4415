#include "cli/flagsmith/rest.hpp"

#include "cli/input.hpp"
#include "webhookd/base/text.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <optional>

namespace webhookd::cli::flagsmith {
namespace {

constexpr std::size_t most_shown = 500; // of what Flagsmith says of a refusal

Task<> exchange(http::Client& client, http::ClientRequest request, std::optional<Result<http::ClientAnswer>>& answer) {
    answer = co_await client.exchange(request);
}

std::string_view hint(unsigned status) {
    if (status == 401 || status == 403) return "; may the token administer it?";
    if (status == 404) return "; is it there, and may the token see it?";
    return "";
}

} // namespace

std::shared_ptr<RestOptions> add_rest_options(CLI::App& app) {
    auto options = std::make_shared<RestOptions>();
    app.add_option("--token-file", options->token_file, "file with a user's token or an organisation's API key")
        ->required()
        ->type_name("FILE");
    app.add_option("--api", options->api, "where Flagsmith's API is, if you host it yourself")
        ->option_text("URL (" + options->api + ")");
    app.add_option("--ca", options->ca, "PEM file of who signed its certificate; else whom the system trusts")
        ->type_name("FILE");
    return options;
}

Rest::Rest(const RestOptions& options) {
    auto url = http::parse_url(options.api);
    if (!url) throw Failure(url.error().message, wrong_usage);
    base_ = url->target;
    if (base_.back() != '/') base_ += '/';
    const auto token = read_secret(options.token_file);
    const auto is_printable = [](char c) { return c > ' ' && c < 0x7f; };
    if (!std::all_of(token.reveal().begin(), token.reveal().end(), is_printable))
        throw Failure(options.token_file + " holds no token: it has characters that no token has");
    // Keys of organisations have a prefix and a dot, tokens of users are hexadecimal digits.
    const bool is_key = token.reveal().find('.') != std::string_view::npos;
    headers_.append("Authorization: ").append(is_key ? "Api-Key " : "Token ").append(token.reveal());
    headers_ += "\r\nAccept: application/json\r\nContent-Type: application/json\r\n";
    http::ClientSettings settings;
    settings.origin = std::move(*url);
    settings.ca = options.ca;
    client_ = std::make_unique<http::Client>(io_.get_executor(), std::move(settings));
}

nlohmann::json Rest::ask(std::string_view method, std::string_view path, const std::string& body) {
    const auto target = base_ + std::string(path);
    std::optional<Result<http::ClientAnswer>> answer;
    asio::co_spawn(io_, exchange(*client_, {method, target, headers_, body}, answer), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
    });
    io_.restart();
    io_.run();
    if (!*answer) throw Failure("asking Flagsmith: " + (*answer).error().message);
    const auto& [status, text, retry_after] = **answer;
    if (status < 200 || status > 299)
        throw Failure("Flagsmith answered " + std::string(method) + " " + target + " with " + std::to_string(status) +
                      std::string(hint(status)) + ": " + escape(trim(std::string_view(text).substr(0, most_shown))));
    auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) throw Failure("what answered " + target + " is no Flagsmith API: it sent no JSON");
    return json;
}

} // namespace webhookd::cli::flagsmith
