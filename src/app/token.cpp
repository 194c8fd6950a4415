#include "webhookd/app/token.hpp"

#include "webhookd/base/file.hpp"
#include "webhookd/base/text.hpp"

#include <openssl/rand.h>

#include <stdexcept>

namespace webhookd::app {

std::shared_ptr<const Secret> admin_token(const config::Settings& settings) {
    if (settings.admin.token) return std::make_shared<const Secret>(*settings.admin.token);
    const auto file = settings.store.directory / token_file_name;
    if (const auto kept = read_file(file, 4096); kept && !trim(*kept).empty())
        return std::make_shared<const Secret>(std::string(trim(*kept)));
    char bytes[32];
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes), sizeof bytes) != 1)
        throw std::runtime_error("the system has no random numbers");
    auto token = to_hex({bytes, sizeof bytes});
    if (const auto written = replace_file(file, token + "\n"); !written)
        throw std::runtime_error(written.error().message);
    return std::make_shared<const Secret>(std::move(token));
}

} // namespace webhookd::app
