#pragma once

#include "webhookd/base/secret.hpp"
#include "webhookd/base/units.hpp"
#include "webhookd/config/rules.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace webhookd::config {

struct Text;
struct Reading; // what one run over a configuration shares (src/config/reading.hpp)

/// Reads one TOML table key by key and notes every problem with its place instead of stopping at the first. Usually
/// used through read_fields() (config/read_fields.hpp); directly only where a key means more than its type says.
///
/// A key that is absent leaves the value alone. Texts are expanded (`${NAME}`), and may come from elsewhere
/// (`{ file = … }`, `{ env = … }`, `{ credential = … }`). Copies read the same table.
class TableReader {
public:
    bool has(std::string_view key) const;
    std::string_view path() const noexcept; ///< "sink.console", for messages

    void read(std::string_view key, const Rules& rules, bool& value);
    void read(std::string_view key, const Rules& rules, std::uint64_t& value);
    void read(std::string_view key, const Rules& rules, std::string& value);
    void read(std::string_view key, const Rules& rules, std::filesystem::path& value); ///< relative to the file
    void read(std::string_view key, const Rules& rules, ByteSize& value);
    void read(std::string_view key, const Rules& rules, Duration& value);
    void read(std::string_view key, const Rules& rules, Secret& value); ///< never empty
    void read(std::string_view key, const Rules& rules, std::vector<std::string>& value);
    void read(std::string_view key, const Rules& rules, std::map<std::string, std::string>& value);
    void read(std::string_view key, const Rules& rules, std::map<std::string, Secret>& value);
    /// A secret from a file that some other key led to (`directory`). Whether there is one.
    bool read_file(std::string_view key, const std::filesystem::path& file, const Rules& rules, Secret& value);
    /// A secret from where this table itself says, beside its other keys: `file`, `env` or `credential`, of which it
    /// has one. Returns the file it came from, empty for none.
    std::filesystem::path read_elsewhere(const Rules& rules, Secret& value);
    /// The index of the word that is there; nothing where there is none or it is none of them.
    std::optional<std::size_t> read_word(std::string_view key, std::span<const std::string_view> words);

    /// The table under a key, the tables of an array, the names of tables under this one (in the order of the file).
    std::optional<TableReader> table(std::string_view key);
    std::vector<TableReader> tables(std::string_view key);
    std::vector<std::string> names() const;

    bool is_boolean(std::string_view key) const;
    /// Whether the key says `{ file = "" }` or its like: no text from nowhere.
    bool is_empty_reference(std::string_view key) const;
    /// Whether secrets are to be left unread: then they stay empty, and that is no problem.
    bool leaves_secrets() const noexcept;
    /// Makes a key known without reading it.
    void expect(std::string_view key);

    void problem(std::string_view key, std::string what, std::string hint = {}); ///< key "": the table itself
    void warning(std::string_view key, std::string what, std::string hint = {});
    /// Watches a file for changes, as the ones that secrets came from.
    void watch(const std::filesystem::path& file);
    /// The path as it is meant: relative to the configuration file.
    std::filesystem::path resolve(const std::filesystem::path& path) const;

    /// To be called when everything was read: each other key is a problem, with the nearest known one as a suggestion.
    void refuse_unknown();

private:
    friend struct Reading;
    struct Table;
    explicit TableReader(std::shared_ptr<Table> table) : table_(std::move(table)) {}
    bool take_secret(std::string_view key, Text text, const Rules& rules, Secret& value);
    std::shared_ptr<Table> table_;
};

} // namespace webhookd::config
