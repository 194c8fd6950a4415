#pragma once

#include <memory>
#include <string_view>

namespace webhookd::config {

class TableReader; // reads one TOML table through a field list and notes every problem
class Describer;   // writes the field list out: example, documentation

/// What the configuration must know of a type of sink. Made from the field list of its settings by
/// sink_kind<Settings>().
struct SinkKind {
    std::string_view type;                                   // the word in `type = "…"`
    std::string_view summary;                                // one line for documentation and `version`
    std::shared_ptr<const void> (*read)(TableReader& table); // a Settings, filled
    void (*describe)(Describer& describer);
};

} // namespace webhookd::config
