#include "webhookd/app/dev_home.hpp"

#include "app/self_signed.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/base/text.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace webhookd::app {
namespace {

void write(const std::filesystem::path& file, std::string_view text) {
    if (const auto written = replace_file(file, text); !written) throw std::runtime_error(written.error().message);
}

std::string random_secret() {
    char bytes[16];
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes), sizeof bytes) != 1)
        throw std::runtime_error("the system has no random numbers");
    return to_hex({bytes, sizeof bytes});
}

/// A TOML basic string.
std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            throw std::runtime_error("control characters do not belong into a URL");
        out += c;
    }
    return out + "\"";
}

std::string configuration(const DevOptions& options) {
    std::string text = fmt::format(
        R"(# Written by `flagsmith-webhookd dev`; every run writes it anew. For a real one: `flagsmith-webhookd config example`.
[listen]
address = "127.0.0.1:{}"
tls = {}

[endpoint.environment]
path = "/environment-webhook"
kind = "environment"
secrets = [ {{ name = "dev", file = "secret" }} ]

[endpoint.organisation]
path = "/organisation-webhook"
kind = "organisation"
secrets = [ {{ name = "dev", file = "secret" }} ]

[endpoint.identity]
path = "/identity-webhook"
kind = "identity"
secrets = [ {{ name = "dev", file = "secret" }} ]

[store]
directory = "store"
max_size = "256MiB"
evaluations = {{ keep = "1d", max_size = "256MiB" }}

[admin]
address = ""

[log]
level = "warning"

[sink.terminal]
type = "stdout"
format = "text"
)",
        options.port, options.plain ? "false" : R"({ certificate = "tls.crt", key = "tls.key" })");
    if (options.forward)
        text += fmt::format(R"(
[sink.forward]
type = "http"
url = {}
format = "raw"
sign = {{ scheme = "flagsmith", secret = {{ file = "secret" }} }}
)",
                            toml_string(*options.forward));
    return text;
}

} // namespace

DevHome prepare_dev_home(const std::filesystem::path& folder, const DevOptions& options) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw std::runtime_error(fmt::format("creating {}: {}", folder.string(), error.message()));
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);

    DevHome home{folder, folder / "config.toml", folder / "secret", {}, {}};
    if (!std::filesystem::exists(home.secret_file)) write(home.secret_file, random_secret() + "\n");
    const auto secret = read_file(home.secret_file);
    if (!secret) throw std::runtime_error(secret.error().message);
    home.secret = trim(*secret);
    if (!options.plain) {
        home.certificate = folder / "tls.crt";
        if (!std::filesystem::exists(home.certificate) || !std::filesystem::exists(folder / "tls.key")) {
            const auto made = make_self_signed();
            write(folder / "tls.key", made.key);
            write(home.certificate, made.certificate);
        }
    }
    write(home.config, configuration(options));
    return home;
}

std::string dev_banner(const DevHome& home, const DevOptions& options) {
    const auto base = fmt::format("{}://localhost:{}", options.plain ? "http" : "https", options.port);
    const auto trust = options.plain ? std::string{} : fmt::format(" --ca {}", home.certificate.string());
    return fmt::format(R"(Listening on {0} with one secret for all three webhooks: {1}

  environment webhook           {0}/environment-webhook
  organisation webhook          {0}/organisation-webhook
  "Webhook" integration         {0}/identity-webhook

Try it from a second terminal:
  flagsmith-webhookd send flag-updated --to {0}/environment-webhook --secret-file {2}{3}

To see real events: Flagsmith refuses addresses that are private, so put a tunnel with a public name in front of port {4}
(cloudflared, ngrok, ssh -R …), then enter its address with one of the paths and the secret above in the Flagsmith dashboard.

Events appear below; Ctrl-C ends. Everything is kept in {5}.
)",
                       base, home.secret, home.secret_file.string(), trust, options.port, home.folder.string());
}

} // namespace webhookd::app
