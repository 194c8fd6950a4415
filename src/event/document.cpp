#include "event/document.hpp"

#include "webhookd/event/decode.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace webhookd::event {

/// simdjson's first stage alone: it checks UTF-8 and strings 64 bytes at a time and lists where tokens begin. Its
/// second stages do not fit: on-demand does not look at what it skips, the DOM refuses numbers beyond 64 bits.
struct Document::Index {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
    std::size_t capacity = 0;

    void reserve(std::size_t bytes) {
        if (stage && bytes <= capacity) return;
        const auto wanted = std::max<std::size_t>(bytes, 16 * 1024);
        const auto failed =
            simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, max_depth, stage);
        if (failed) {
            stage.reset(); // there, but unable: it would refuse every body from now on
            capacity = 0;
            throw std::bad_alloc();
        }
        capacity = wanted;
    }
};

namespace {

/// Buffers that grew beyond this for one body are given back at the next small one.
constexpr std::size_t kept_bytes = 1024 * 1024;
constexpr std::size_t kept_nodes = 64 * 1024;

constexpr std::size_t max_body = 0xffff'0000; // offsets have 32 bits

constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// Where the number that begins at `at` ends, or null if it is not one by the grammar of RFC 8259. Reads one byte
/// behind the number: the padding ends the last one.
const char* skip_number(const char* at, const char* end) noexcept {
    const auto digit = [&] { return at < end && is_digit(*at); };
    const auto digits = [&] {
        const char* first = at;
        while (digit()) ++at;
        return at != first;
    };
    if (*at == '-') ++at;
    if (at < end && *at == '0')
        ++at;
    else if (!digits())
        return nullptr;
    if (at < end && *at == '.') {
        ++at;
        if (!digits()) return nullptr;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at < end && (*at == '+' || *at == '-')) ++at;
        if (!digits()) return nullptr;
    }
    return at;
}

constexpr int hex_digit(char c) noexcept {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The code unit of the four hexadecimal digits at `at`, or -1.
int code_unit(const char* at, const char* end) noexcept {
    if (end - at < 4) return -1;
    int value = 0;
    for (int i = 0; i < 4; ++i) {
        const int digit = hex_digit(at[i]);
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/// Appends `code` as UTF-8 at `out`; returns behind it.
char* put_utf8(char* out, std::uint32_t code) noexcept {
    const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (code < 0x80)
        put(code);
    else if (code < 0x800) {
        put(0xc0 | code >> 6);
        put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        put(0xe0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3f));
        put(0x80 | (code & 0x3f));
    } else {
        put(0xf0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3f));
        put(0x80 | (code >> 6 & 0x3f));
        put(0x80 | (code & 0x3f));
    }
    return out;
}

/// Whether `b` comes after `a` in the order of bytes. Reads eight bytes of each: names stand in the padded body or in
/// the padded buffer of unescaped strings.
bool rises(std::string_view a, std::string_view b) noexcept {
    const auto head = [](std::string_view name) {
        std::uint64_t bytes = 0;
        std::memcpy(&bytes, name.data(), sizeof bytes);
        bytes = __builtin_bswap64(bytes);
        return name.size() < 8 ? bytes & ~(~std::uint64_t{0} >> (8 * name.size())) : bytes;
    };
    const auto x = head(a), y = head(b);
    return x != y ? x < y : a < b;
}

const char* find_escape(const char* at, const char* end) noexcept {
    const void* found = std::memchr(at, '\\', static_cast<std::size_t>(end - at));
    return found ? static_cast<const char*>(found) : end;
}

/// The character an escape \x stands for, or 0 (\u is read elsewhere).
constexpr char simple_escape(char c) noexcept {
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

} // namespace

/// One pass over the listed tokens. The grammar is a small machine with an explicit stack.
class Document::Walk {
public:
    Walk(Document& document, bool has_escapes)
        : document_(document), body_(document.body_.data()), index_(document.index_->stage->structural_indexes.get()),
          last_(index_ + document.index_->stage->n_structural_indexes), strings_(document.strings_.data()),
          has_escapes_(has_escapes) {}

    bool run() {
        if (!value(nullptr, 0)) return false;
        while (depth_ > 0)
            if (!step()) return false;
        if (index_ != last_) return fail("json", "something follows the end of the value", *index_);
        return true;
    }

private:
    struct Open {
        std::uint32_t node;
        bool is_object;
        bool sorted;          // keys rose so far: then none can be double
        const char* last_key; // of the member before
        std::uint32_t last_size;
    };

    bool fail(std::string_view rule, std::string_view detail, std::size_t offset) noexcept {
        document_.error_ = {rule, detail, offset};
        return false;
    }
    bool fail_here(std::string_view detail) noexcept { return fail("json", detail, offset()); }

    std::uint32_t offset() const noexcept { return *index_; } // behind the last token: the length of the body
    char token() const noexcept { return index_ == last_ ? '\0' : body_[*index_]; }

    /// Begins a value at the current token; containers are left open on the stack.
    bool value(const char* key, std::uint32_t key_size) {
        if (index_ == last_) return fail_here("the body ends where a value is expected");
        auto& nodes = document_.nodes_;
        if (nodes.size() == max_values) return fail("size", "the body has too many values", offset());
        const auto at = *index_;
        Node node{nullptr, key, 0, key_size, at, at, static_cast<std::uint32_t>(nodes.size()) + 1, 0, Kind::null};
        switch (const char c = body_[at]) {
        case '"':
            node.kind = Kind::string;
            if (!string(node.text, node.size, node.end)) return false;
            break;
        case '{':
        case '[':
            if (depth_ == max_depth) return fail("depth", "the body is nested too deeply", at);
            node.kind = c == '{' ? Kind::object : Kind::array;
            stack_[depth_++] = {static_cast<std::uint32_t>(nodes.size()), c == '{', true, nullptr, 0};
            ++index_;
            nodes.push_back(node);
            return first_child();
        default:
            if (!scalar(node, c)) return false;
        }
        nodes.push_back(node);
        return true;
    }

    /// Behind an opening bracket: an empty container, or its first child.
    bool first_child() {
        const char c = token();
        if (stack_[depth_ - 1].is_object) {
            if (c == '}') return close();
            return member();
        }
        if (c == ']') return close();
        ++document_.nodes_[stack_[depth_ - 1].node].count;
        return value(nullptr, 0);
    }

    /// Behind a complete child: the next one, or the end of the container.
    bool step() {
        auto& open = stack_[depth_ - 1];
        const char c = token();
        if (c == ',') {
            ++index_;
            if (open.is_object) return member();
            ++document_.nodes_[open.node].count;
            return value(nullptr, 0);
        }
        if (c == (open.is_object ? '}' : ']')) return close();
        return fail_here(open.is_object ? "a comma or } is expected" : "a comma or ] is expected");
    }

    bool member() {
        if (token() != '"') return fail_here("a member's name is expected");
        auto& open = stack_[depth_ - 1];
        const char* key = nullptr;
        std::uint32_t size = 0, end = 0;
        if (!string(key, size, end)) return false;
        if (open.sorted && open.last_key) open.sorted = rises({open.last_key, open.last_size}, {key, size});
        open.last_key = key;
        open.last_size = size;
        ++document_.nodes_[open.node].count;
        if (token() != ':') return fail_here("a colon is expected");
        ++index_;
        return value(key, size);
    }

    bool close() {
        const auto& open = stack_[--depth_];
        auto& nodes = document_.nodes_;
        auto& node = nodes[open.node];
        node.end = *index_++ + 1;
        node.next = static_cast<std::uint32_t>(nodes.size());
        return open.sorted || no_key_twice(node);
    }

    bool no_key_twice(const Node& object) {
        auto& keys = document_.keys_;
        keys.clear();
        for (const auto& child : document_.children(object)) keys.push_back(&child);
        std::sort(keys.begin(), keys.end(), [](const Node* a, const Node* b) { return a->name() < b->name(); });
        const auto twin = std::adjacent_find(keys.begin(), keys.end(),
                                             [](const Node* a, const Node* b) { return a->name() == b->name(); });
        if (twin == keys.end()) return true;
        return fail("duplicate-key", "an object has two members of the same name",
                    std::max((*twin)->begin, twin[1]->begin));
    }

    /// Reads the string at the current token and moves to the next one.
    bool string(const char*& text, std::uint32_t& size, std::uint32_t& end) {
        const char* first = body_ + *index_ + 1;
        const auto begin = *index_++;
        // Nothing inside a string is listed as a token, so its last quote is what stands before the next token.
        const char* quote = body_ + *index_ - 1;
        while (is_space(*quote)) --quote;
        if (*quote != '"' || quote < first) return fail("json", "a string does not end", begin);
        end = static_cast<std::uint32_t>(quote + 1 - body_);
        text = first;
        size = static_cast<std::uint32_t>(quote - first);
        if (!has_escapes_) return true;
        const char* escape = find_escape(first, quote);
        return escape == quote || unescape(text, size, escape);
    }

    /// Copies a string without its escapes; `text` and `size` show it as written, then as meant.
    bool unescape(const char*& text, std::uint32_t& size, const char* escape) {
        const char* at = text;
        const char* const end = text + size;
        char* const first = strings_;
        char* out = strings_;
        for (;;) {
            std::memcpy(out, at, static_cast<std::size_t>(escape - at));
            out += escape - at;
            if (escape == end) break;
            at = escape + 2;
            if (escape[1] == 'u') {
                auto code = code_unit(at, end);
                at += 4;
                if (code >= 0xd800 && code < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
                    const auto low = code_unit(at + 2, end);
                    if (low >= 0xdc00 && low < 0xe000) {
                        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                        at += 6;
                    }
                }
                if (code < 0) return bad_string("a \\u escape needs four hexadecimal digits", escape);
                if (code >= 0xd800 && code < 0xe000) return bad_string("half of a surrogate pair stands alone", escape);
                out = put_utf8(out, static_cast<std::uint32_t>(code));
            } else if (const char c = simple_escape(escape[1]))
                *out++ = c;
            else
                return bad_string("a string has an unknown escape", escape);
            escape = find_escape(at, end);
        }
        text = first;
        size = static_cast<std::uint32_t>(out - first);
        strings_ = out;
        return true;
    }
    bool bad_string(std::string_view detail, const char* at) noexcept {
        return fail("json", detail, static_cast<std::size_t>(at - body_));
    }

    /// Reads a number or a literal and moves to the next token.
    bool scalar(Node& node, char c) {
        const char* first = body_ + *index_;
        const char* const end = body_ + index_[1];
        const char* behind = nullptr;
        if (c == '-' || is_digit(c)) {
            node.kind = Kind::number;
            behind = skip_number(first, end);
            if (!behind) return fail_here("this is not a number");
        } else if (const auto word = literal(c); !word.empty()) {
            if (static_cast<std::size_t>(end - first) < word.size() ||
                std::memcmp(first, word.data(), word.size()) != 0)
                return fail_here("true, false or null is misspelt");
            node.kind = c == 'n' ? Kind::null : Kind::boolean;
            behind = first + word.size();
        } else
            return fail_here(c == '\xef' && node.begin == 0 ? "the body begins with a byte order mark"
                                                            : "a value is expected");
        node.text = first;
        node.size = static_cast<std::uint32_t>(behind - first);
        node.end = static_cast<std::uint32_t>(behind - body_);
        while (behind < end && is_space(*behind)) ++behind;
        if (behind != end)
            return fail("json", "a value is followed by something else", static_cast<std::size_t>(behind - body_));
        ++index_;
        return true;
    }
    static constexpr std::string_view literal(char c) noexcept {
        return c == 't' ? "true" : c == 'f' ? "false" : c == 'n' ? "null" : "";
    }

    Document& document_;
    const char* const body_;
    const std::uint32_t* index_;
    const std::uint32_t* const last_; // simdjson has put the length of the body here
    char* strings_;
    const bool has_escapes_;
    int depth_ = 0;
    Open stack_[max_depth];
};

Document::Document() : index_(std::make_unique<Index>()) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;

bool Document::read(std::string_view body) {
    body_ = body;
    error_ = {};
    nodes_.clear();
    if (body.size() > max_body) {
        error_ = {"size", "the body is too large", 0};
        return false;
    }
    if (body.size() < kept_bytes && (index_->capacity > kept_bytes || nodes_.capacity() > kept_nodes)) {
        index_ = std::make_unique<Index>();
        nodes_.shrink_to_fit();
        strings_ = {};
    }
    index_->reserve(body.size());
    const auto failed = index_->stage->stage1(reinterpret_cast<const std::uint8_t*>(body.data()), body.size(),
                                              simdjson::stage1_mode::regular);
    if (failed) {
        error_ = {"json",
                  failed == simdjson::EMPTY             ? "the body is empty"
                  : failed == simdjson::UTF8_ERROR      ? "the body is not UTF-8"
                  : failed == simdjson::UNCLOSED_STRING ? "a string does not end"
                  : failed == simdjson::UNESCAPED_CHARS ? "a string has a control character that is not escaped"
                                                        : "the body cannot be read",
                  0};
        return false;
    }
    const bool has_escapes = std::memchr(body.data(), '\\', body.size()) != nullptr;
    if (has_escapes && strings_.size() < body.size() + body_padding) strings_.resize(body.size() + body_padding);
    return Walk(*this, has_escapes).run();
}

const Node* Document::find(const Node& object, std::string_view name) const noexcept {
    if (object.kind != Kind::object) return nullptr;
    for (const auto& member : children(object))
        if (member.name() == name) return &member;
    return nullptr;
}

void Document::replace(const Node& node, std::string_view text) noexcept {
    auto& changed = nodes_[static_cast<std::size_t>(&node - nodes_.data())];
    changed.kind = Kind::string;
    changed.text = text.data();
    changed.size = static_cast<std::uint32_t>(text.size());
    changed.count = 0;
}

bool Document::equal(const Node& a, const Node& b) const noexcept {
    const auto size = a.next - static_cast<std::uint32_t>(&a - nodes_.data());
    if (b.next - static_cast<std::uint32_t>(&b - nodes_.data()) != size) return false;
    for (std::uint32_t i = 0; i < size; ++i) {
        const auto &x = (&a)[i], &y = (&b)[i];
        if (x.kind != y.kind || x.count != y.count || x.string() != y.string()) return false;
        if (i > 0 && x.name() != y.name()) return false;
    }
    return true;
}

} // namespace webhookd::event
