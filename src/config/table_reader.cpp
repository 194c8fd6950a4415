#include "webhookd/config/table_reader.hpp"

#include "config/reading.hpp"
#include "webhookd/base/file.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/config/mask.hpp"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <unistd.h>

namespace webhookd::config {

struct TableReader::Table {
    Reading& reading;
    const toml::table& toml;
    std::string path;
    std::vector<std::string> known; // keys that were asked for

    std::string path_of(std::string_view key) const {
        if (key.empty()) return path;
        return path.empty() ? std::string(key) : path + "." + std::string(key);
    }

    /// The node under a key; remembers that the key is known, and where it stands.
    const toml::node* node(std::string_view key) {
        if (std::find(known.begin(), known.end(), key) == known.end()) known.emplace_back(key);
        const auto found = toml.find(key);
        if (found == toml.end()) return nullptr;
        reading.places.insert_or_assign(path_of(key), found->second.source().begin);
        return &found->second;
    }

    void problem(const toml::node& at, std::string_view key, std::string what, std::string hint) {
        reading.problem(at.source().begin, path_of(key), std::move(what), std::move(hint));
    }

    std::optional<Text> text(std::string_view key, std::string_view wanted) {
        const auto* at = node(key);
        return at ? reading.text(*at, path_of(key), wanted) : std::nullopt;
    }

    /// Whether the text has the form that is asked for; a problem where it has not.
    bool judge(const toml::node& at, std::string_view key, const Text& text, const Rules& rules) {
        if (rules.form == nullptr) return true;
        auto complaint = rules.form(text.value);
        if (!complaint) return true;
        // A URL that is none may have its password anywhere.
        const bool may_hide =
            rules.secret || text.shown.find('@') != std::string::npos || mask(text.shown) != text.shown;
        const auto shown = may_hide ? "the text" : text.shown;
        problem(at, key, shown + " " + complaint->what, std::move(complaint->hint));
        return false;
    }
};

TableReader Reading::root(const toml::table& table) {
    return TableReader(std::make_shared<TableReader::Table>(TableReader::Table{*this, table, "", {}}));
}

bool TableReader::has(std::string_view key) const {
    return table_->toml.contains(key);
}

std::string_view TableReader::path() const noexcept {
    return table_->path;
}

bool TableReader::is_boolean(std::string_view key) const {
    return table_->toml[key].is_boolean();
}

bool TableReader::is_empty_reference(std::string_view key) const {
    const auto* table = table_->toml[key].as_table();
    if (table == nullptr || table->size() != 1) return false;
    const auto* name = table->begin()->second.as_string();
    if (name == nullptr || std::find(ways.begin(), ways.end(), table->begin()->first.str()) == ways.end()) return false;
    const auto expanded = expand(name->get(), table_->reading.surroundings);
    return expanded && expanded->empty();
}

bool TableReader::leaves_secrets() const noexcept {
    return table_->reading.secrets == Secrets::leave;
}

void TableReader::expect(std::string_view key) {
    table_->node(key);
}

void TableReader::read(std::string_view key, const Rules&, bool& value) {
    const auto* node = table_->node(key);
    if (node == nullptr) return;
    if (const auto* boolean = node->as_boolean()) {
        value = boolean->get();
        return;
    }
    constexpr std::string_view wanted = "true or false";
    if (const auto text = table_->text(key, wanted)) {
        if (text->value == "true" || text->value == "false")
            value = text->value == "true";
        else
            table_->problem(*node, key, text->shown + " is no truth value", std::string(wanted) + " would do");
    }
}

void TableReader::read(std::string_view key, const Rules& rules, std::uint64_t& value) {
    const auto* node = table_->node(key);
    if (node == nullptr) return;
    std::uint64_t number = 0;
    const auto bounds = rules.max == std::numeric_limits<std::uint64_t>::max()
                            ? "a whole number from " + std::to_string(rules.min)
                            : "a whole number from " + std::to_string(rules.min) + " to " + std::to_string(rules.max);
    std::string shown;
    std::string_view wrong;
    if (const auto* integer = node->as_integer()) {
        shown = std::to_string(integer->get());
        number = static_cast<std::uint64_t>(integer->get());
        if (integer->get() < 0) wrong = "is negative";
    } else {
        const auto text = table_->text(key, bounds);
        if (!text) return;
        shown = text->shown;
        const auto* end = text->value.data() + text->value.size();
        const auto result = std::from_chars(text->value.data(), end, number);
        if (result.ec != std::errc{} || result.ptr != end) wrong = "is no whole number";
    }
    if (wrong.empty() && number < rules.min) wrong = "is too small";
    if (wrong.empty() && number > rules.max) wrong = "is too large";
    if (wrong.empty())
        value = number;
    else
        table_->problem(*node, key, shown + " " + std::string(wrong), bounds + " would do");
}

void TableReader::read(std::string_view key, const Rules& rules, std::string& value) {
    auto text = table_->text(key, "a text");
    if (!text || !table_->judge(*table_->node(key), key, *text, rules)) return;
    value = std::move(text->value);
}

void TableReader::read(std::string_view key, const Rules& rules, std::filesystem::path& value) {
    const auto text = table_->text(key, "a path");
    if (!text) return;
    value = resolve(text->value);
    if (!rules.readable || value.empty() || leaves_secrets()) return;
    watch(value);
    const FileDescriptor file(::open(value.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) problem(key, system_error("opening " + value.string()).message);
}

void TableReader::read(std::string_view key, const Rules& rules, ByteSize& value) {
    constexpr std::string_view wanted = "a size such as \"64KiB\" or \"8MiB\"";
    const auto text = table_->text(key, wanted);
    if (!text) return;
    const auto size = parse_size(text->value);
    if (!size)
        problem(key, text->shown + " is not a size", std::string(wanted) + " would do");
    else if (size->bytes < rules.min)
        problem(key, text->shown + " is too small", "at least \"" + format_size({rules.min}) + "\" would do");
    else if (size->bytes > rules.max)
        problem(key, text->shown + " is too large", "at most \"" + format_size({rules.max}) + "\" would do");
    else
        value = *size;
}

void TableReader::read(std::string_view key, const Rules& rules, Duration& value) {
    constexpr std::string_view wanted = "a duration such as \"500ms\", \"10s\" or \"30d\"";
    const auto text = table_->text(key, wanted);
    if (!text) return;
    const auto duration = parse_duration(text->value);
    const auto count = duration ? static_cast<std::uint64_t>(duration->count()) : 0;
    if (!duration)
        problem(key, text->shown + " is not a duration", std::string(wanted) + " would do");
    else if (count < rules.min)
        problem(key, text->shown + " is too short",
                "at least \"" + format_duration(Duration(rules.min)) + "\" would do");
    else if (count > rules.max)
        problem(key, text->shown + " is too long", "at most \"" + format_duration(Duration(rules.max)) + "\" would do");
    else
        value = *duration;
}

bool TableReader::take_secret(std::string_view key, Text text, const Rules& rules, Secret& value) {
    constexpr std::size_t short_secret = 16;
    if (is_world_readable(text.file))
        warning(key, text.file.string() + " can be read by everybody", "chmod o-r would do");
    if (text.is_literal && is_world_readable(table_->reading.source.file))
        warning(key, "stands in a file that everybody can read", "chmod o-r would do");
    if (text.value.empty()) {
        problem(key, "is empty", rules.signs ? "anybody could sign with an empty secret" : "");
        return false;
    }
    if (rules.signs && text.value.size() < short_secret)
        warning(key, "is shorter than 16 bytes", "openssl rand -hex 32 makes a good one");
    value = Secret(std::move(text.value));
    return true;
}

void TableReader::read(std::string_view key, const Rules& rules, Secret& value) {
    if (leaves_secrets()) return expect(key);
    if (auto text = table_->text(key, "a text, { file = … }, { env = … } or { credential = … }"))
        take_secret(key, std::move(*text), rules, value);
}

bool TableReader::read_file(std::string_view key, const std::filesystem::path& file, const Rules& rules,
                            Secret& value) {
    auto text = table_->reading.content(file, table_->node(key)->source().begin, table_->path_of(key));
    return text && take_secret(key, std::move(*text), rules, value);
}

std::filesystem::path TableReader::read_elsewhere(const Rules& rules, Secret& value) {
    for (const auto way : ways) {
        const auto* node = table_->node(way);
        if (node == nullptr) continue;
        if (leaves_secrets()) return way == "file" ? resolve(node->value_or(std::string())) : std::filesystem::path();
        auto text = table_->reading.text_from(way, *node, table_->path);
        if (!text) return {};
        auto file = text->file;
        take_secret(way, std::move(*text), rules, value);
        return file;
    }
    return {};
}

void TableReader::read(std::string_view key, const Rules& rules, std::vector<std::string>& value) {
    const auto* node = table_->node(key);
    if (node == nullptr) return;
    const auto* array = node->as_array();
    if (array == nullptr) {
        const auto* written = node->as_string();
        if (written == nullptr || written->get().find("${") == std::string::npos) {
            table_->problem(*node, key, "is " + std::string(kind_of(*node)), "a list of texts would do: [\"…\"]");
            return;
        }
        const auto text = table_->text(key, "a list of texts"); // from the environment: a comma list
        if (!text) return;
        value.clear();
        for (std::string_view rest = text->value; !rest.empty();) {
            const auto comma = rest.find(',');
            Text item{std::string(trim(rest.substr(0, comma))), text->shown, {}, false};
            if (!item.value.empty() && table_->judge(*node, key, item, rules)) value.push_back(std::move(item.value));
            rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
        }
        return;
    }
    value.clear();
    for (const auto& element : *array) {
        auto text = table_->reading.text(element, table_->path_of(key), "a text");
        if (text && table_->judge(element, key, *text, rules)) value.push_back(std::move(text->value));
    }
}

namespace {

/// Reads a table whose keys are the user's.
template <class Put>
void read_map(TableReader& reader, std::string_view key, const Put& put) {
    if (auto table = reader.table(key))
        for (const auto& name : table->names()) put(*table, name);
}

} // namespace

void TableReader::read(std::string_view key, const Rules& rules, std::map<std::string, std::string>& value) {
    value.clear();
    read_map(*this, key, [&](TableReader& table, const std::string& name) {
        // Numbers and truth values are what such properties often are.
        const auto* node = table.table_->node(name);
        if (const auto* integer = node->as_integer())
            value[name] = std::to_string(integer->get());
        else if (const auto* boolean = node->as_boolean())
            value[name] = boolean->get() ? "true" : "false";
        else
            table.read(name, rules, value[name]);
    });
}

void TableReader::read(std::string_view key, const Rules& rules, std::map<std::string, Secret>& value) {
    value.clear();
    read_map(*this, key, [&](TableReader& table, const std::string& name) { table.read(name, rules, value[name]); });
}

std::optional<std::size_t> TableReader::read_word(std::string_view key, std::span<const std::string_view> words) {
    std::string all;
    for (const auto word : words) all += (all.empty() ? "\"" : ", \"") + std::string(word) + "\"";
    const auto text = table_->text(key, "one of " + all);
    if (!text) return {};
    const auto found = std::find(words.begin(), words.end(), text->value);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    std::string hint = "one of " + all + " would do";
    if (const auto near = did_you_mean(text->value, words)) hint += "; did you mean \"" + std::string(*near) + "\"?";
    problem(key, text->shown + " is not known", hint);
    return {};
}

std::optional<TableReader> TableReader::table(std::string_view key) {
    const auto* node = table_->node(key);
    if (node == nullptr) return {};
    if (const auto* table = node->as_table())
        return TableReader(std::make_shared<Table>(Table{table_->reading, *table, table_->path_of(key), {}}));
    table_->problem(*node, key, "is " + std::string(kind_of(*node)), "a table would do: { … }");
    return {};
}

std::vector<TableReader> TableReader::tables(std::string_view key) {
    std::vector<TableReader> tables;
    const auto* node = table_->node(key);
    if (node == nullptr) return tables;
    const auto* array = node->as_array();
    if (array == nullptr) {
        table_->problem(*node, key, "is " + std::string(kind_of(*node)), "a list of tables would do: [{ … }]");
        return tables;
    }
    for (std::size_t i = 0; i < array->size(); ++i) {
        const auto name = std::string(key) + "[" + std::to_string(i) + "]";
        if (const auto* table = (*array)[i].as_table()) {
            table_->reading.places.insert_or_assign(table_->path_of(name), table->source().begin);
            tables.push_back(
                TableReader(std::make_shared<Table>(Table{table_->reading, *table, table_->path_of(name), {}})));
        } else {
            table_->problem((*array)[i], name, "is " + std::string(kind_of((*array)[i])), "a table would do: { … }");
        }
    }
    return tables;
}

std::vector<std::string> TableReader::names() const {
    std::vector<std::pair<toml::source_position, std::string>> placed;
    for (const auto& [key, node] : table_->toml) placed.emplace_back(key.source().begin, key.str());
    std::sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> names;
    for (auto& [place, name] : placed) names.push_back(std::move(name));
    return names;
}

void TableReader::problem(std::string_view key, std::string what, std::string hint) {
    const auto* node = key.empty() ? nullptr : table_->node(key);
    table_->reading.problem((node ? *node : static_cast<const toml::node&>(table_->toml)).source().begin,
                            table_->path_of(key), std::move(what), std::move(hint));
}

void TableReader::warning(std::string_view key, std::string what, std::string hint) {
    const auto* node = key.empty() ? nullptr : table_->node(key);
    table_->reading.warning((node ? *node : static_cast<const toml::node&>(table_->toml)).source().begin,
                            table_->path_of(key), std::move(what), std::move(hint));
}

void TableReader::watch(const std::filesystem::path& file) {
    table_->reading.watched.push_back(file);
}

std::filesystem::path TableReader::resolve(const std::filesystem::path& path) const {
    return table_->reading.resolve(path);
}

void TableReader::refuse_unknown() {
    const std::vector<std::string_view> candidates(table_->known.begin(), table_->known.end());
    for (const auto& [key, node] : table_->toml) {
        const std::string_view name = key.str();
        if (std::find(table_->known.begin(), table_->known.end(), name) != table_->known.end()) continue;
        std::string hint;
        if (const auto near = did_you_mean(name, candidates)) hint = "did you mean \"" + std::string(*near) + "\"?";
        table_->reading.problem(key.source().begin, table_->path_of(name), "unknown key", hint);
    }
}

} // namespace webhookd::config
