#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What the decoder accepts, for others: made from the field lists it checks with.
namespace webhookd::event {

struct SchemaInfo {
    std::string_view name;    // "flag.updated"
    std::string_view meaning; // one sentence, without a full stop
};

/// The messages, in the order of the contract's table of types; then those of the published document.
std::span<const SchemaInfo> schemas();

/// The JSON Schema (draft 7) of a message, indented, with a final newline; nothing for a name that is not in the list.
std::optional<std::string> json_schema(std::string_view name);

/// The AsyncAPI 2.6 document of everything that endpoints of profile "flagsmith" accept: JSON, indented, with a final
/// newline.
std::string asyncapi_document();

} // namespace webhookd::event
