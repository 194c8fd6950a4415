#pragma once

#include "config/reading.hpp"
#include "sinks/http/settings.hpp"
#include "sinks/log/settings.hpp"
#include "sinks/stdout/settings.hpp"
#include "webhookd/base/text.hpp"
#include "webhookd/config/load.hpp"
#include "webhookd/config/show.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// What must hold for any text as a configuration.
namespace webhookd::config {

/// Names that were opened while a configuration was read; filled by who can watch the system calls.
inline std::vector<std::string>* opened_names = nullptr;

class LoaderCase {
public:
    /// A configuration there is no file beside, so that nothing it names can be read, but what the watcher hands out.
    static constexpr std::string_view directory = "/nowhere/at/all";
    static constexpr std::string_view credentials = "/nowhere/credentials";
    /// Secrets of the corpus begin with it, and nothing else does.
    static constexpr std::string_view hushed = "hush-";

    explicit LoaderCase(std::string_view text) : source_{"c.toml", std::string(text), {}, directory} {}

    std::string complaint() {
        const auto with_secrets = read(Secrets::read);
        const auto names = std::move(opened_);
        if (const auto wrong = judge(with_secrets); !wrong.empty()) return wrong;
        if (!same(with_secrets, read(Secrets::read))) return "is read in two ways";
        for (const auto& name : names)
            if (!was_told(name)) return "opens what it was not told of: " + name;

        const auto without = read(Secrets::leave);
        if (!opened_.empty()) return "opens something although secrets are left alone: " + opened_.front();
        if (const auto wrong = judge(without); !wrong.empty()) return wrong + ", without secrets";
        if (with_secrets && !without) return "is refused only where secrets are left alone";
        return {};
    }

private:
    using Outcome = Result<Loaded, std::vector<Problem>>;

    static std::span<const SinkKind> kinds() {
        // Types whose settings stand apart from what they connect to.
        static const std::array all{sink_kind<sinks::http::Settings>("http", ""),
                                    sink_kind<sinks::log::Settings>("log", ""),
                                    sink_kind<sinks::standard_output::Settings>("stdout", "")};
        return all;
    }
    static Surroundings surroundings() {
        return {[](const std::string& name) -> std::optional<std::string> {
            if (name == "CREDENTIALS_DIRECTORY") return std::string(credentials);
            if (name == "SECRET") return std::string(hushed) + "from the environment";
            if (name == "WORD") return "text";
            if (name == "NONE") return "";
            return {};
        }};
    }

    Outcome read(Secrets secrets) {
        opened_.clear();
        opened_names = &opened_;
        auto outcome = load(source_, kinds(), surroundings(), secrets);
        opened_names = nullptr;
        return outcome;
    }

    std::string judge(const Outcome& outcome) const {
        if (outcome) {
            if (const auto wrong = judge(outcome->warnings); !wrong.empty()) return "a warning " + wrong;
            return judge_output(outcome->settings);
        }
        if (outcome.error().empty()) return "is refused without a reason";
        if (const auto wrong = judge(outcome.error()); !wrong.empty()) return "a problem " + wrong;
        return {};
    }
    std::string judge(const std::vector<Problem>& problems) const {
        const auto lines = static_cast<unsigned>(std::count(source_.text.begin(), source_.text.end(), '\n')) + 1;
        const Problem* before = nullptr;
        for (const auto& problem : problems) {
            if (problem.what.empty()) return "says nothing";
            if (problem.file != source_.name) return "names another file";
            const auto text = problem.text();
            if (escape(text) != text || !is_utf8(text)) return "has bytes that no terminal should see";
            if ((problem.line == 0) != (problem.column == 0)) return "has half a place: " + text;
            if (problem.line == 0 && stands_in_text(problem.key)) return "has no place: " + text;
            if (problem.line > lines + 1) return "has a place behind the end: " + text;
            if (before && std::tie(before->line, before->column) > std::tie(problem.line, problem.column))
                return "is out of order: " + text;
            before = &problem;
        }
        return {};
    }
    /// Only what is missing altogether has no place.
    bool stands_in_text(const std::string& key) const {
        try {
            const auto toml = toml::parse(source_.text);
            return key.empty() || toml.contains(std::string_view(key).substr(0, key.find('.')));
        } catch (const toml::parse_error&) {
            return true; // a syntax error has one always
        }
    }

    std::string judge_output(const Settings& settings) const {
        const auto shown = sections(settings, kinds());
        const auto toml = to_toml(shown);
        try {
            (void)toml::parse(toml);
        } catch (const toml::parse_error& error) {
            return "is shown as what is no TOML: " + std::string(error.description());
        }
        const auto json = to_json(shown).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
        for (const auto& endpoint : settings.endpoints)
            for (const auto& secret : endpoint.secrets)
                if (secret.value.reveal().starts_with(hushed) && times(source_.text, secret.value.reveal()) <= 1 &&
                    times(toml + json, secret.value.reveal()) > 0)
                    return "shows a secret";
        return {};
    }
    static std::size_t times(std::string_view text, std::string_view part) {
        std::size_t times = 0;
        for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++times;
        return times;
    }

    static bool same(const Outcome& a, const Outcome& b) {
        if (a.has_value() != b.has_value()) return false;
        const auto& left = a ? a->warnings : a.error();
        const auto& right = b ? b->warnings : b.error();
        return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                          [](const Problem& x, const Problem& y) { return x.text() == y.text(); });
    }

    /// Whether some text of the configuration names the file.
    bool was_told(const std::string& name) const {
        const auto toml = toml::parse(source_.text);
        bool is_named = false;
        const auto look = [&](const std::string& text) {
            const auto expanded = expand(text, surroundings());
            if (!expanded) return;
            const std::filesystem::path path(*expanded), folder(directory), handed_over(credentials);
            is_named =
                is_named || name == path || name == (folder / path).lexically_normal() || name == handed_over / path;
        };
        const auto visit = [&](const auto& self, const toml::node& node) -> void {
            if (const auto* text = node.as_string()) look(text->get());
            if (const auto* table = node.as_table())
                for (const auto& [key, value] : *table) self(self, value);
            if (const auto* array = node.as_array())
                for (const auto& value : *array) self(self, value);
        };
        visit(visit, toml);
        return is_named;
    }

    Source source_;
    std::vector<std::string> opened_;
};

/// What is wrong with how a configuration is read, or nothing.
inline std::string configuration_complaint(std::string_view text) {
    return LoaderCase(text).complaint();
}

} // namespace webhookd::config
