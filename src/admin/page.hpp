#pragma once

#include <string_view>

namespace webhookd::admin {

/// The page for people: what arrived, how the sinks are, what waits for a decision. Event fields reach it as JSON and
/// are put into the document as text only.
extern const std::string_view page_html;
extern const std::string_view page_script;
extern const std::string_view page_style;

} // namespace webhookd::admin
