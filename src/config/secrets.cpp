#include "config/fields.hpp"
#include "config/reading.hpp"

#include "webhookd/base/file.hpp"
#include "webhookd/base/text.hpp"

#include <algorithm>
#include <array>

/// `tls = false`, and the entries of `secrets = [ … ]`: keys that mean more than the type of their value says.
namespace webhookd::config {

void read_key(TableReader& table, std::string_view key, Tls& tls) {
    if (table.is_boolean(key)) {
        table.read(key, Rules{}, tls.enabled);
        return;
    }
    if (auto inner = table.table(key)) {
        read_fields(*inner, tls);
        inner->refuse_unknown();
    }
}

void show_key(Key& out, const Tls& tls) {
    out.type = "table or false";
    if (tls.enabled) {
        out.keys = keys_of(tls);
        out.value = nlohmann::ordered_json::object();
    } else {
        out.value = false;
    }
}

namespace {

constexpr Rules signing{.signs = true};

/// Every file of a directory is a secret, named by its file. Names that begin with a dot are not: Kubernetes keeps its
/// own things there.
void read_directory(TableReader& entry, const std::string& name, std::vector<NamedSecret>& secrets) {
    std::filesystem::path directory;
    entry.read("directory", Rules{}, directory);
    if (directory.empty()) return;
    if (entry.leaves_secrets()) return secrets.push_back({name, {}, directory});
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (auto at = std::filesystem::directory_iterator(directory, error);
         !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
        std::error_code ignored;
        if (!at->path().filename().string().starts_with('.') && at->is_regular_file(ignored))
            files.push_back(at->path());
    }
    if (error) {
        entry.problem("directory", "reading " + directory.string() + ": " + error.message());
        return;
    }
    entry.watch(directory);
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        NamedSecret secret{(name.empty() ? "" : name + "/") + file.filename().string(), {}, file};
        if (entry.read_file("directory", file, signing, secret.value)) secrets.push_back(std::move(secret));
    }
    if (files.empty()) entry.problem("directory", directory.string() + " holds no files", "each file is one secret");
}

} // namespace

void read_key(TableReader& table, std::string_view key, std::vector<NamedSecret>& secrets) {
    constexpr std::array<std::string_view, 5> origins{"value", "file", "env", "credential", "directory"};
    secrets.clear();
    for (auto& entry : table.tables(key)) {
        std::string name;
        entry.read("name", Rules{.form = form_not_empty}, name);
        for (const auto way : origins) entry.expect(way);
        entry.refuse_unknown();
        const auto given = std::count_if(origins.begin(), origins.end(), [&](auto way) { return entry.has(way); });
        if (given != 1) {
            entry.problem("",
                          given == 0 ? "does not say where the secret is" : "says more than once where the secret is",
                          "one of value, file, env, credential and directory would do");
            continue;
        }
        if (entry.has("directory")) {
            read_directory(entry, name, secrets);
            continue;
        }
        NamedSecret secret;
        if (entry.has("value"))
            entry.read("value", signing, secret.value);
        else
            secret.file = entry.read_elsewhere(signing, secret.value);
        if (name.empty()) name = secret.file.empty() ? std::to_string(secrets.size() + 1) : secret.file.stem().string();
        secret.name = name;
        if (!secret.value.empty() || entry.leaves_secrets()) secrets.push_back(std::move(secret));
    }
}

void show_key(Key& out, const std::vector<NamedSecret>& secrets) {
    out.type = "list of secrets";
    out.value = nlohmann::ordered_json::array();
    for (const auto& secret : secrets) {
        nlohmann::ordered_json shown{{"name", secret.name}};
        if (secret.file.empty())
            shown["value"] = masked;
        else
            shown["file"] = secret.file.string();
        out.value.push_back(std::move(shown));
    }
}

} // namespace webhookd::config
