#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/flagsmith/rest.hpp"
#include "cli/input.hpp"
#include "cli/operate.hpp"
#include "webhookd/admin/control_client.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/config/compare.hpp"
#include "webhookd/verify/verify.hpp"

#include <openssl/rand.h>

#include <array>
#include <chrono>
#include <optional>
#include <thread>

namespace webhookd::cli {
namespace {

struct Options {
    std::string environment, url, secret_file;
    std::uint64_t organisation = 0;
    bool test = false, unchecked = false, dry_run = false;
};

/// A daemon looks at the files of its secrets every five seconds.
constexpr std::chrono::seconds longest_wait{15};
constexpr std::chrono::milliseconds look_again{250};

/// 32 random bytes in hexadecimal digits: as good as the hash it goes into, and nothing to escape anywhere.
std::string make_secret() {
    std::array<unsigned char, 32> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw Failure("no random numbers to be had");
    std::string text;
    for (const auto byte : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

/// The secret of the file; a new one where there is no such file yet, and then it is in the file before Flagsmith
/// signs with it.
Secret secret_in(Context& context, const std::string& file, bool dry_run) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return read_secret(file);
    if (dry_run) {
        context.out << "would make a secret in " << file << '\n';
        return Secret(std::string("not made"));
    }
    const auto secret = make_secret();
    if (const auto written = replace_file(file, secret + "\n"); !written) throw Failure(written.error().message);
    context.out << "made a secret in " << file << '\n';
    return Secret(secret);
}

/// Whether an endpoint of the running daemon takes the secret; nothing where none runs.
std::optional<bool> daemon_takes(const std::filesystem::path& store, const Secret& secret) {
    const auto challenge = make_secret();
    const nlohmann::json question{{"body", challenge}, {"signature", verify::sign(challenge, secret)}};
    const auto reply = admin::ask_daemon(store, "POST", "/api/v1/signatures", question.dump());
    if (!reply) throw Failure(reply.error().message);
    if (!*reply) return {};
    return (*reply)->status == 200 && (*reply)->body && !(*reply)->body->at("endpoint").is_null();
}

bool configuration_takes(Context& context, const Secret& secret) {
    const auto loaded = load_configuration(context, config::Secrets::read);
    for (const auto& endpoint : loaded.settings.endpoints)
        for (const auto& one : endpoint.secrets)
            if (config::same(one.value, secret)) return true;
    return false;
}

/// Flagsmith signs with the secret from the moment it has it, and sends no event again that was refused for it: so it
/// gets it only when it is taken here.
void await_endpoint(Context& context, const Secret& secret, const std::string& file) {
    const auto store = load_configuration(context).settings.store.directory;
    const auto until = std::chrono::steady_clock::now() + longest_wait;
    for (;;) {
        const auto running = daemon_takes(store, secret);
        if (running ? *running : configuration_takes(context, secret)) return;
        if (!running || std::chrono::steady_clock::now() > until)
            throw Failure("no endpoint takes the secret in " + file +
                          ", so Flagsmith was not told of it. Name the file (or its folder) in the configuration and "
                          "reload, then try again; or --unchecked, where the daemon runs elsewhere and takes it");
        std::this_thread::sleep_for(look_again);
    }
}

/// The webhook with this URL, or nothing. Old servers answer with a list, others with a page of one.
nlohmann::json find(const nlohmann::json& answer, const std::string& url) {
    const auto& list = answer.is_object() && answer.contains("results") ? answer.at("results") : answer;
    if (list.is_array())
        for (const auto& webhook : list)
            if (webhook.is_object() && webhook.value("url", nlohmann::json()) == url) return webhook;
    return {};
}

int run(Context& context, const Options& options, const flagsmith::RestOptions& rest_options) {
    if (options.environment.empty() == (options.organisation == 0))
        throw Failure("say whose webhook it is: --environment KEY or --organisation ID", wrong_usage);
    const bool is_environment = !options.environment.empty();
    const auto path = is_environment ? "environments/" + url_encoded(options.environment) + "/webhooks/"
                                     : "organisations/" + std::to_string(options.organisation) + "/webhooks/";
    flagsmith::Rest rest(rest_options);
    const auto there = find(rest.get(path), options.url);
    const auto secret = secret_in(context, options.secret_file, options.dry_run);
    const bool is_same = there.is_object() && there.value("secret", nlohmann::json()) == secret.reveal() &&
                         there.value("enabled", nlohmann::json(true)) == true;
    const auto* const what = !there.is_object() ? "registered" : is_same ? "is registered already" : "secret replaced";
    if (options.dry_run) {
        context.out << "would do: " << (is_same ? "nothing, it " : "") << what << '\n';
        return done;
    }
    if (!is_same && !options.unchecked) await_endpoint(context, secret, options.secret_file);
    const nlohmann::json webhook{{"url", options.url}, {"enabled", true}, {"secret", secret.reveal()}};
    if (!there.is_object())
        rest.post(path, webhook);
    else if (!is_same)
        rest.put(path + there.at("id").dump() + "/", webhook);
    context.out << what << ": " << (is_environment ? "environment" : "organisation") << " webhook to "
                << escape(options.url) << '\n';
    if (!options.test) return done;
    const nlohmann::json scope =
        is_environment ? nlohmann::json{{"type", "environment"}, {"id", options.environment}}
                       : nlohmann::json{{"type", "organisation"}, {"id", std::to_string(options.organisation)}};
    rest.post("webhooks/test/", {{"webhook_url", options.url}, {"secret", secret.reveal()}, {"scope", scope}});
    context.out << "Flagsmith reached it with a signed test event\n";
    return done;
}

} // namespace

Action set_up_register(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--environment", options->environment, "key of the environment whose flag changes shall come")
        ->type_name("KEY");
    app.add_option("--organisation", options->organisation, "number of the organisation whose audit log shall come")
        ->type_name("ID");
    app.add_option("--url", options->url, "where Flagsmith shall post: the endpoint's public URL")
        ->required()
        ->type_name("URL");
    app.add_option("--secret-file", options->secret_file,
                   "file with the webhook's secret, which an endpoint of the configuration names; made where it is not "
                   "there")
        ->required()
        ->type_name("FILE");
    app.add_flag("--test", options->test, "let Flagsmith send a test event afterwards");
    app.add_flag("--unchecked", options->unchecked,
                 "do not wait until an endpoint of the configuration takes the secret");
    app.add_flag("--dry-run", options->dry_run, "only tell what would be done");
    const auto rest = flagsmith::add_rest_options(app);
    return [options, rest](Context& context) { return run(context, *options, *rest); };
}

} // namespace webhookd::cli
