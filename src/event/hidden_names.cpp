#include "event/hidden_names.hpp"

#include "event/catalogue.hpp"

#include <algorithm>

namespace webhookd::event {
namespace {

template <class Visit>
void for_each_member(const Shape& shape, const Visit& visit) {
    for (const auto& member : shape.members) {
        visit(member);
        if (member.value.object) for_each_member(*member.value.object, visit);
    }
}

template <class Visit>
void for_each_member(const Visit& visit) {
    for (const auto& entry : catalogue()) for_each_member(*entry.shape, visit);
}

} // namespace

std::vector<HiddenName> hidden_names(bool keys, bool personal) {
    std::vector<HiddenName> names;
    for_each_member([&](const Member& member) {
        const auto why = member.value.sensitive;
        if (why == Sensitive::no || !(why == Sensitive::key ? keys : personal)) return;
        if (std::none_of(names.begin(), names.end(), [&](const auto& known) { return known.name == member.name; }))
            names.push_back({member.name, why});
    });
    return names;
}

std::vector<std::string_view> protocol_names() {
    std::vector<std::string_view> names;
    for_each_member([&](const Member& member) {
        if (!member.value.words.list.empty()) names.push_back(member.name);
    });
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

} // namespace webhookd::event
