#include "webhookd/config/example.hpp"

#include "config/fields.hpp"

#include <algorithm>

namespace webhookd::config {
namespace {

constexpr std::size_t line_width = 100;

/// A text as comment lines of bounded width.
void append_comment(std::string& out, std::string_view text, std::string_view indent) {
    std::string line;
    const auto flush = [&] {
        out.append("#").append(indent).append(line).append("\n");
        line.clear();
    };
    while (!text.empty()) {
        const auto space = std::min(text.find(' '), text.size());
        const auto word = text.substr(0, space);
        if (!line.empty() && line.size() + 1 + word.size() + indent.size() > line_width) flush();
        line.append(line.empty() ? "" : " ").append(word);
        text.remove_prefix(std::min(space + 1, text.size()));
    }
    flush();
}

/// The value of a key as it should stand in an example.
std::string example_of(const Key& key) {
    if (!key.rules.example.empty()) return std::string(key.rules.example);
    if (key.keys.empty()) return to_toml(key.value);
    std::string out = "{ ";
    for (const auto& inner : key.keys) {
        if (inner.value.is_null() && inner.rules.example.empty()) continue;
        if (out.size() > 2) out += ", ";
        append_toml_key(out, inner.name);
        out += " = " + example_of(inner);
    }
    return out + " }";
}

/// The meaning, with the words that may stand there where it does not name them.
std::string with_choices(const Key& key) {
    const bool is_choice = key.type.starts_with('"');
    const auto first = key.type.substr(0, key.type.find('"', 1) + 1);
    const bool says_so = key.meaning.find(first) != std::string_view::npos;
    return std::string(key.meaning) + (is_choice && !says_so ? " (" + key.type + ")" : "");
}

void append_keys(std::string& out, const std::vector<Key>& keys, std::string_view comment) {
    const Key* before = nullptr;
    for (const auto& key : keys) {
        append_comment(out, with_choices(key), " ");
        const bool is_repeated = before != nullptr && std::equal(key.keys.begin(), key.keys.end(), before->keys.begin(),
                                                                 before->keys.end(), [](const auto& a, const auto& b) {
                                                                     return a.name == b.name && a.meaning == b.meaning;
                                                                 });
        for (const auto& inner : key.keys)
            if (!is_repeated) append_comment(out, std::string(inner.name) + ": " + with_choices(inner), "   ");
        before = &key;
        const auto value = example_of(key);
        out.append(key.value.is_null() ? "#" : comment); // absent by default
        append_toml_key(out, key.name);
        out.append(" = ").append(value == "null" ? "\"\"" : value).append("\n");
    }
}

constexpr std::string_view preface =
    R"(# A complete configuration of flagsmith-webhookd: every key with its meaning and its default.
# Unknown keys are errors. `flagsmith-webhookd check` names every mistake at once.
#
# Durations are written "500ms", "10s", "24h" or "30d", sizes "64KiB" or "8MiB".
# Any value may be a text with ${NAME} or ${NAME:-default} from the environment; $${ stands for ${.
# Any text may come from elsewhere: { file = "…" }, { env = "…" } or { credential = "…" } (systemd).
# Relative paths are relative to this file.

)";

} // namespace

std::string example(std::span<const SinkKind> kinds) {
    std::string out(preface);
    out += "[listen]\n";
    append_keys(out, keys_of(Listen{}), "");
    out += "\n# One table for each webhook of Flagsmith; the name is yours and travels with each event.\n"
           "[endpoint.environment]\n";
    append_keys(out, keys_of(Endpoint{}), "");
    out += "\n[endpoint.organisation]\n"
           "path = \"/organisation-webhook\"\n"
           "kind = \"organisation\"\n"
           "secrets = [{ name = \"2026\", file = \"organisation.secret\" }]\n";
    out += "\n[store]\n";
    append_keys(out, keys_of(Store{}), "");
    out += "\n[admin]\n";
    append_keys(out, keys_of(Admin{}), "");
    out += "\n[log]\n";
    append_keys(out, keys_of(Log{}), "");
    out += "\n# One table for each destination; these keys every one of them has.\n[sink.console]\n";
    append_keys(out, keys_of(Sink{}), "");
    for (const auto& kind : kinds) {
        const auto keys = kind.keys(nullptr);
        const bool is_shown = kind.type == "stdout";
        out.append("\n# Sink of type \"").append(kind.type).append("\": ").append(kind.summary).append("\n");
        if (!is_shown) out.append("#[sink.").append(kind.type).append("]\n#type = \"").append(kind.type).append("\"\n");
        append_keys(out, keys, is_shown ? "" : "#");
    }
    return out;
}

namespace {

/// Text for a cell of a Markdown table.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c;
    }
    return out;
}

std::string default_of(const Key& key) {
    if (key.rules.required) return "required";
    if (!key.keys.empty() && key.value.is_object()) return "";
    if (key.value.is_null()) return "none";
    return "`" + cell(to_toml(key.value)) + "`";
}

void append_row(std::string& out, const std::string& name, const Key& key, bool restart) {
    out += "| `" + name + "` | " + cell(key.type) + " | " + default_of(key) + " | " + cell(key.meaning) +
           (restart ? " ⟳" : "") + " |\n";
    for (const auto& inner : key.keys)
        append_row(out, name + "." + std::string(inner.name), inner, restart || inner.rules.needs_restart);
}

void append_table(std::string& out, const std::vector<Key>& keys) {
    out += "| key | type | default | meaning |\n| --- | --- | --- | --- |\n";
    for (const auto& key : keys) append_row(out, std::string(key.name), key, key.rules.needs_restart);
}

constexpr std::string_view reference_preface = R"(# Configuration

<!-- Made by `flagsmith-webhookd config reference` from the lists of fields in the source; a test keeps it true. -->

One TOML file. It is the one that `--config` names, else the one that `$FLAGSMITH_WEBHOOKD_CONFIG_FILE` names, else the text in
`$FLAGSMITH_WEBHOOKD_CONFIG`, else `./.flagsmith-webhookd/config.toml` where `dev` has run, else
`/etc/flagsmith-webhookd/config.toml`. `flagsmith-webhookd config example` prints a complete one, `check` names every mistake
at once with its line and column, `config show` prints what is in effect with secrets masked.

* Unknown keys are errors.
* Durations are written `"500ms"`, `"10s"`, `"24h"`, `"30d"`, sizes `"64KiB"`, `"8MiB"`.
* Any value may be a text with `${NAME}` or `${NAME:-default}` from the environment (the default also stands in for an empty
  variable); `$${` stands for `${`. Without a default the variable must be set. A list may be such a text too: it is split at
  commas.
* Any text may come from elsewhere: `{ file = "…" }` (surrounding white space is cut off), `{ env = "…" }`, or
  `{ credential = "…" }` for systemd's `LoadCredential=`. A file that a secret came from is watched.
* Relative paths are relative to the file, or to the working directory where there is no file.
* An empty secret is refused; one of fewer than 16 bytes, and one in a file that everybody can read, is warned of.
* SIGHUP reads the file again. What is marked ⟳ needs a restart; the log names it. A file with a mistake changes nothing.

)";

} // namespace

std::string reference() {
    std::string out(reference_preface);
    out += "## `[listen]`\n\n";
    append_table(out, keys_of(Listen{}));
    out += "\n## `[endpoint.NAME]`\n\nOne for each webhook of Flagsmith. The name is yours; it travels with each "
           "event.\n\n";
    append_table(out, keys_of(Endpoint{}));
    out += "\n## `[store]`\n\n";
    append_table(out, keys_of(Store{}));
    out += "\n## `[admin]`\n\n";
    append_table(out, keys_of(Admin{}));
    out += "\n## `[log]`\n\n";
    append_table(out, keys_of(Log{}));
    out +=
        "\n## `[sink.NAME]`\n\nOne for each destination. These keys every sink has; the tables below add each type's "
        "own.\n\n";
    append_table(out, keys_of(Sink{}));
    return out;
}

std::string reference(const SinkKind& kind) {
    std::string out = "\n### type = \"" + std::string(kind.type) + "\"\n\n" + std::string(kind.summary) + "\n\n";
    const auto keys = kind.keys(nullptr);
    if (keys.empty())
        out += "It has no keys of its own.\n";
    else
        append_table(out, keys);
    return out;
}

} // namespace webhookd::config
