#include "webhookd/base/attributes.hpp"

#include <bit>
#include <cstring>

namespace webhookd {
namespace {

static_assert(std::endian::native == std::endian::little, "lengths are stored little-endian");

constexpr std::size_t prefix = 1 + sizeof(std::uint32_t);

/// The longest prefix of at most `most` bytes that does not cut a UTF-8 character in two.
std::string_view cut(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
    return text.substr(0, most);
}

} // namespace

std::optional<Attribute> find_attribute(std::string_view name) noexcept {
    for (const auto& row : attribute_table)
        if (row.name == name) return row.attribute;
    return {};
}

void AttributeView::Iterator::read() noexcept {
    std::uint32_t length = 0;
    const auto left = static_cast<std::size_t>(end_ - at_);
    if (left >= prefix) std::memcpy(&length, at_ + 1, sizeof length);
    const auto tag = left >= prefix ? static_cast<unsigned char>(*at_) : 0u;
    if (tag == 0 || tag > attribute_table.size() || length > left - prefix) {
        at_ = end_;
        return;
    }
    item_ = {static_cast<Attribute>(tag), {at_ + prefix, length}};
}

AttributeView::Iterator& AttributeView::Iterator::operator++() noexcept {
    at_ += prefix + item_.value.size();
    read();
    return *this;
}

std::optional<std::string_view> AttributeView::get(Attribute attribute) const noexcept {
    for (const auto& item : *this) {
        if (item.attribute == attribute) return item.value;
        if (item.attribute > attribute) break;
    }
    return {};
}

std::string_view AttributeView::get_or(Attribute attribute, std::string_view otherwise) const noexcept {
    return get(attribute).value_or(otherwise);
}

void AttributeWriter::add(Attribute attribute, std::string_view value) {
    value = cut(value, max_attribute_bytes);
    const auto length = static_cast<std::uint32_t>(value.size());
    char head[prefix];
    head[0] = static_cast<char>(attribute);
    std::memcpy(head + 1, &length, sizeof length);
    bytes_.append(head, sizeof head).append(value);
}

} // namespace webhookd
