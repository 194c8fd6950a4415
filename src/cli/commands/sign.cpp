#include "cli/commands.hpp"

#include "cli/input.hpp"
#include "webhookd/verify/verify.hpp"

namespace webhookd::cli {

Action set_up_sign(CLI::App& app) {
    struct Options {
        std::string secret_file, file = "-";
    };
    auto options = std::make_shared<Options>();
    app.add_option("--secret-file", options->secret_file, "file with the secret of the webhook")
        ->required()
        ->type_name("FILE");
    app.add_option("FILE", options->file, "the body; standard input where none is named")->type_name("");
    return [options](Context& context) {
        const auto secret = read_secret(options->secret_file);
        context.out << verify::sign(read_input(options->file), secret) << '\n';
        return done;
    };
}

} // namespace webhookd::cli
