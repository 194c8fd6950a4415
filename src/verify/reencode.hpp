#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace webhookd::verify {

/// A form in which a body may have left its sender.
struct Form {
    std::string text;
    std::string_view change; // what must have been done to it since, as a part of a sentence
};

/// The forms that differ from `body`, most likely ones first: other separators, other escapes, another order of
/// members, a final line break more or less.
std::vector<Form> earlier_forms(std::string_view body);

} // namespace webhookd::verify
