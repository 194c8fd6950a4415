#include "cli/commands.hpp"

#include "cli/configuration.hpp"
#include "cli/input.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/verify/diagnose.hpp"

namespace webhookd::cli {
namespace {

struct Options {
    std::string signature, secret_file, file = "-";
};

/// What the signature is tried with, and how it is called in answers.
struct Candidates {
    std::vector<std::string> names;
    std::vector<verify::SecretRing> rings;

    void add(std::string name, std::vector<verify::NamedSecret> secrets) {
        names.push_back(std::move(name));
        rings.emplace_back(std::move(secrets));
    }
    std::string name(const verify::Diagnosis& found) const {
        const auto secret = rings[found.ring].name(found.secret);
        return (secret.empty() ? "" : "secret \"" + std::string(secret) + "\" of ") + names[found.ring];
    }
};

void add_endpoints(Candidates& candidates, const config::Settings& settings) {
    for (const auto& endpoint : settings.endpoints) {
        std::vector<verify::NamedSecret> secrets;
        for (const auto& secret : endpoint.secrets) secrets.push_back({secret.name, secret.value});
        candidates.add("endpoint \"" + endpoint.name + "\"", std::move(secrets));
    }
}

Candidates candidates_for(const Options& options, Context& context) {
    Candidates candidates;
    if (options.secret_file.empty()) {
        add_endpoints(candidates, load_configuration(context, config::Secrets::read).settings);
        return candidates;
    }
    std::vector<verify::NamedSecret> secrets;
    secrets.push_back({"", read_secret(options.secret_file)});
    candidates.add(options.secret_file, std::move(secrets));
    // The configuration only helps to explain: without one there is less to say.
    if (const auto loaded = read_configuration(context.config_file)) add_endpoints(candidates, loaded->settings);
    return candidates;
}

/// One sentence, and whether the signature fits as it should.
std::pair<std::string, bool> answer(const verify::Diagnosis& found, const Candidates& candidates,
                                    const Options& options) {
    using Cause = verify::Diagnosis::Cause;
    switch (found.cause) {
    case Cause::fits:
        if (found.ring == 0 || options.secret_file.empty()) return {"it fits: " + candidates.name(found), true};
        return {"it does not fit " + options.secret_file + ", but " + candidates.name(found), false};
    case Cause::missing:
        return {"there is no signature: Flagsmith sends none for a webhook without a secret", false};
    case Cause::malformed:
        return {"it is malformed: " + found.detail, false};
    case Cause::changed:
        return {"the body was changed on its way: " + found.detail + "; as it was before, " + candidates.name(found) +
                    " fits",
                false};
    case Cause::no_secret:
        return {"there is no secret to try: no endpoint has one", false};
    case Cause::unexplained:
        break;
    }
    return {"it does not fit: it was made with another secret, or over other bytes (the body as it arrived, without "
            "reading and writing it anew, is what counts)",
            false};
}

} // namespace

Action set_up_verify(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--signature", options->signature, "value of the header X-Flagsmith-Signature")
        ->required()
        ->type_name("HEX");
    app.add_option("--secret-file", options->secret_file,
                   "file with the secret; else every secret of the configuration is tried")
        ->type_name("FILE");
    app.add_option("FILE", options->file, "the body; standard input where none is named")->type_name("");
    return [options](Context& context) {
        const auto candidates = candidates_for(*options, context);
        std::vector<verify::NamedRing> rings;
        for (std::size_t i = 0; i < candidates.rings.size(); ++i)
            rings.push_back({candidates.names[i], &candidates.rings[i]});
        const auto found = verify::diagnose(read_input(options->file), trim(options->signature), rings);
        const auto [sentence, fits] = answer(found, candidates, *options);
        context.out << escape(sentence) << '\n';
        return fits ? done : failed;
    };
}

} // namespace webhookd::cli
