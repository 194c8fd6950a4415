#include "delivery/seen_contents.hpp"

namespace webhookd::delivery {

bool SeenContents::repeats(const EventId& id, std::string_view endpoint) {
    if (!id.from_content()) return false; // it never means the same as another
    const auto where = std::hash<std::string_view>{}(endpoint);
    const auto [seen, is_new] = first_.try_emplace(id, where);
    if (!is_new) return seen->second != where;
    order_.push_back(id);
    if (order_.size() > most) {
        first_.erase(order_.front());
        order_.pop_front();
    }
    return false;
}

} // namespace webhookd::delivery
