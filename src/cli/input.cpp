#include "cli/input.hpp"

#include "cli/command.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/base/text.hpp"

namespace webhookd::cli {

std::string read_input(const std::string& file) {
    auto content = read_file(file == "-" ? "/dev/stdin" : file);
    if (!content) throw Failure(content.error().message);
    return std::move(*content);
}

Secret read_secret(const std::filesystem::path& file) {
    auto content = read_file(file);
    if (!content) throw Failure(content.error().message);
    Secret secret{std::string(trim(*content))};
    if (secret.empty()) throw Failure(file.string() + " is empty: anybody could sign with an empty secret");
    return secret;
}

} // namespace webhookd::cli
