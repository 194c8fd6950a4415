#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

namespace webhookd::event {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

/// One value of a JSON text. The values stand in one array in the order of the text, so the first child of a container
/// is the node behind it and `next` jumps over everything inside.
struct Node {
    const char* text; // a string unescaped, a number or a literal as written; null for containers
    const char* key;  // unescaped; null outside objects
    std::uint32_t size;
    std::uint32_t key_size;
    std::uint32_t begin; // where the value stands in the body: [begin, end)
    std::uint32_t end;
    std::uint32_t next;  // index of the first node behind this value
    std::uint32_t count; // members or elements
    Kind kind;

    std::string_view string() const noexcept { return {text, size}; }
    std::string_view name() const noexcept { return {key, key_size}; }
    bool is_true() const noexcept { return kind == Kind::boolean && size == 4; }
};

/// Why a text was refused.
struct ReadError {
    std::string_view rule;   // json, depth, duplicate-key, size
    std::string_view detail; // a constant sentence
    std::size_t offset = 0;  // into the body
};

/// Reads JSON strictly (RFC 8259) into a flat array of nodes. Beyond the grammar it refuses what two readers could
/// understand differently: duplicate keys (compared unescaped), lone surrogates, invalid UTF-8, a byte order mark.
/// Numbers are kept as written. Buffers are reused from body to body; one per thread.
class Document {
public:
    /// More values than this are refused: four times what the largest legitimate identity message holds.
    static constexpr std::size_t max_values = 1'000'000;

    Document();
    ~Document();
    Document(Document&&) noexcept;

    /// `body` must be followed by body_padding readable bytes and live as long as the nodes are used.
    /// Returns whether it is JSON; if not, error() says why.
    bool read(std::string_view body);

    const ReadError& error() const noexcept { return error_; }
    const Node& root() const noexcept { return nodes_[0]; }
    const Node& operator[](std::uint32_t index) const noexcept { return nodes_[index]; }
    std::string_view body() const noexcept { return body_; }

    /// The children of a container, in the order of the text.
    class Children {
    public:
        class Iterator {
        public:
            using iterator_category = std::forward_iterator_tag;
            using value_type = Node;
            using difference_type = std::ptrdiff_t;
            using pointer = const Node*;
            using reference = const Node&;

            Iterator() = default;
            Iterator(const Node* base, std::uint32_t at) noexcept : base_(base), at_(at) {}
            const Node& operator*() const noexcept { return base_[at_]; }
            const Node* operator->() const noexcept { return base_ + at_; }
            Iterator& operator++() noexcept {
                at_ = base_[at_].next;
                return *this;
            }
            Iterator operator++(int) noexcept {
                auto before = *this;
                ++*this;
                return before;
            }
            bool operator==(const Iterator& other) const noexcept { return at_ == other.at_; }

        private:
            const Node* base_ = nullptr;
            std::uint32_t at_ = 0;
        };
        Children(const Node* base, const Node& parent) noexcept
            : base_(base), first_(static_cast<std::uint32_t>(&parent - base) + 1), last_(parent.next) {}
        Iterator begin() const noexcept { return {base_, first_}; }
        Iterator end() const noexcept { return {base_, last_}; }

    private:
        const Node* base_;
        std::uint32_t first_, last_;
    };
    Children children(const Node& parent) const noexcept { return {nodes_.data(), parent}; }

    /// The member of an object with this name, or null.
    const Node* find(const Node& object, std::string_view name) const noexcept;

    /// Makes a text of a value, whatever it was; `text` must live as long as the nodes are used. The body is not
    /// touched.
    void replace(const Node& node, std::string_view text) noexcept;

    /// Whether two values mean the same: numbers by their text, members in the same order.
    bool equal(const Node& a, const Node& b) const noexcept;

private:
    struct Index; // simdjson's first stage

    std::unique_ptr<Index> index_;
    std::vector<Node> nodes_;
    std::vector<char> strings_; // unescaped strings; never grows while a body is read, so views into it hold
    std::vector<const Node*> keys_;
    std::string_view body_;
    ReadError error_;

    class Walk;
};

} // namespace webhookd::event
