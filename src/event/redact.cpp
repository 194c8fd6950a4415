#include "webhookd/event/redact.hpp"

#include "event/hidden_names.hpp"
#include "event/hidden_words.hpp"
#include "event/read_message.hpp"

#include "webhookd/base/text.hpp"
#include "webhookd/event/decode.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <deque>

namespace webhookd::event {
namespace {

constexpr std::size_t max_pointers = 64; // bits of a Mask
using Mask = std::uint64_t;              // a set of pointers

/// The tokens of a JSON pointer (RFC 6901), unescaped.
using Pointer = std::vector<std::string>;

Result<Pointer> parse_pointer(std::string_view text) {
    Pointer tokens;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '/') {
            tokens.emplace_back();
        } else if (text[i] == '~') {
            const char next = i + 1 < text.size() ? text[++i] : '\0';
            if (next != '0' && next != '1')
                return Error{"\"", text, "\" is not a JSON pointer: ~0 stands for ~ and ~1 for /"};
            tokens.back() += next == '0' ? '~' : '/';
        } else
            tokens.back() += text[i];
    }
    return tokens;
}

/// What an event is and what was done to it, not what it says: known even where the contents are hidden.
bool is_classification(Attribute attribute) noexcept {
    switch (attribute) {
    case Attribute::type:
    case Attribute::source:
    case Attribute::endpoint:
    case Attribute::scope:
    case Attribute::changed:
    case Attribute::test:
    case Attribute::invalid:
        return true;
    default:
        return false;
    }
}

Message message_of(AttributeView attributes, const Document& document) {
    const auto message = recognise(document);
    if (message != Message::none) return message;
    // A message of profile "asyncapi" may have no shape of its own.
    const auto type = attributes.get_or(Attribute::type, "");
    if (type == type_name(Type::audit_log_created)) return Message::audit_log_created;
    if (type == type_name(Type::flags_evaluated)) return Message::flags_evaluated;
    return message;
}

/// Where the letter of a name stands that is least often found in texts.
std::size_t rarest_letter(std::string_view name) noexcept {
    constexpr std::string_view often_to_seldom = "\"_etaoinsrhldcumfpgwybvkxjqz";
    std::size_t rarest = 0;
    for (std::size_t i = 1; i < name.size(); ++i)
        if (often_to_seldom.find(name[i]) + 1 > often_to_seldom.find(name[rarest]) + 1) rarest = i; // 0: not in it
    return rarest;
}

/// Whether `name` occurs, sought by one of its letters: most names begin with a letter that is everywhere.
bool occurs(std::string_view name, std::size_t letter, std::string_view text) noexcept {
    if (name.size() > text.size()) return false;
    const char* at = text.data() + letter;
    const char* const end = text.data() + text.size() - name.size() + letter + 1;
    for (; at != end; ++at) {
        at = static_cast<const char*>(std::memchr(at, name[letter], static_cast<std::size_t>(end - at)));
        if (!at) return false;
        if (std::memcmp(at - letter, name.data(), name.size()) == 0) return true;
    }
    return false;
}

} // namespace

struct Redactor::Impl {
    // The rules.
    bool personal = false;
    std::vector<HiddenName> names;
    std::vector<std::size_t> rarest_letters; // of the names, in their order
    std::vector<Pointer> pointers;
    std::vector<std::string_view> protocol = protocol_names();

    // Of the event at hand.
    struct Cut {
        Span span;  // in the body
        bool whole; // a value, not a part of a string
    };
    Document document;
    std::string padded;
    std::vector<Cut> cuts;
    HiddenWords hidden;
    std::deque<std::string> texts; // of strings in which something was hidden
    std::vector<Span> spans;
    AttributeWriter before, after, out;

    bool redact(const Event& event, std::string& body, std::string& attributes) {
        if (!may_concern(event.body)) return false;
        padded.assign(event.body).append(body_padding, '\0');
        if (!document.read(std::string_view(padded).substr(0, event.body.size()))) {
            hide_everything(event, body, attributes);
            return true;
        }
        cuts.clear();
        hidden.clear();
        texts.clear();
        const auto message = message_of(event.attributes, document);
        write_attributes(before, read_message(message, document, nullptr), {}, false);
        walk(document.root(), 0, pointers.empty() ? 0 : ~Mask{0} >> (max_pointers - pointers.size()));
        if (cuts.empty()) return false;
        look_elsewhere();
        write_body(body);
        write_attributes(after, read_message(message, document, nullptr), {}, false);
        write_redacted_attributes(event.attributes);
        attributes.assign(out.bytes());
        return true;
    }

    /// A quick look: names can be told from the bytes unless the body has escapes.
    bool may_concern(std::string_view body) const noexcept {
        if (!pointers.empty()) return true;
        if (names.empty()) return false;
        if (std::memchr(body.data(), '\\', body.size())) return true;
        for (std::size_t i = 0; i < names.size(); ++i)
            if (occurs(names[i].name, rarest_letters[i], body)) return true;
        return false;
    }

    const HiddenName* find_name(std::string_view name) const noexcept {
        for (const auto& hidden_name : names)
            if (hidden_name.name == name) return &hidden_name;
        return nullptr;
    }

    /// Hides what stands inside `node`. `mask`: the pointers whose first `depth` tokens led here.
    void walk(const Node& node, std::size_t depth, Mask mask) {
        std::size_t element = 0;
        for (const auto& child : document.children(node)) {
            const bool in_object = node.kind == Kind::object;
            Mask deeper = 0;
            bool hide_child = false;
            for (Mask rest = mask; rest != 0; rest &= rest - 1) {
                const auto which = static_cast<std::size_t>(std::countr_zero(rest));
                const auto& pointer = pointers[which];
                const auto& token = pointer[depth];
                if (token != "*" && !(in_object ? token == child.name() : token == std::to_string(element))) continue;
                if (pointer.size() == depth + 1)
                    hide_child = true;
                else
                    deeper |= Mask{1} << which;
            }
            ++element;
            const auto* named = in_object ? find_name(child.name()) : nullptr;
            if (hide_child || named)
                hide(child, named ? named->why : Sensitive::personal);
            else if (child.kind == Kind::object || child.kind == Kind::array)
                walk(child, depth + 1, deeper);
        }
    }

    void hide(const Node& node, Sensitive why) {
        if (node.kind == Kind::null || (node.kind == Kind::string && node.size == 0)) return;
        cuts.push_back({{node.begin, node.end}, true});
        for (const auto *part = &node, *end = &document.root() + node.next; part != end; ++part)
            if (part->kind == Kind::string &&
                (why != Sensitive::trait || part->string().find('@') != std::string_view::npos))
                hidden.add(part->string());
        document.replace(node, redacted);
    }

    /// Hides the same texts where they stand as words of other strings.
    void look_elsewhere() {
        if (hidden.empty()) return;
        for (std::uint32_t i = 0; i < document.root().next;) {
            const auto& node = document[i];
            const bool done = node.text == redacted.data();
            if (!done && node.kind == Kind::string && !is_protocol(node)) hide_words(node);
            i = done ? node.next : i + 1;
        }
    }

    bool is_protocol(const Node& node) const {
        return node.key && std::binary_search(protocol.begin(), protocol.end(), node.name());
    }

    void hide_words(const Node& node) {
        spans = hidden.find_in(node.string());
        if (spans.empty()) return;
        const auto first = node.begin + 1u; // behind the quote
        to_raw(spans, document.body().substr(first, node.end - 1 - first));
        for (const auto& [begin, end] : spans) cuts.push_back({{first + begin, first + end}, false});
        document.replace(node, texts.emplace_back(hidden.replace_in(node.string())));
    }

    void write_body(std::string& body) {
        std::sort(cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) { return a.span.begin < b.span.begin; });
        const auto from = document.body();
        body.clear();
        std::size_t last = 0;
        for (const auto& [span, whole] : cuts) {
            body.append(from.substr(last, span.begin - last));
            if (whole) body += '"';
            body += redacted;
            if (whole) body += '"';
            last = span.end;
        }
        body.append(from.substr(last));
    }

    /// What an attribute says now: what is left of the message says it, or nothing does any more.
    void write_redacted_attributes(AttributeView stored) {
        out.clear();
        for (const auto& [attribute, value] : stored) {
            if (is_classification(attribute))
                out.add(attribute, value);
            else if (personal && info(attribute).is_personal)
                out.add(attribute, redacted);
            else if (before.view().get(attribute))
                out.add(attribute, hidden.replace_in(after.view().get_or(attribute, redacted)));
            else
                out.add(attribute, hidden.replace_in(value)); // the endpoint's configuration says it
        }
    }

    /// For a body that cannot be read: nothing of it is known to be harmless.
    void hide_everything(const Event& event, std::string& body, std::string& attributes) {
        body.assign("\"").append(redacted).append("\"");
        out.clear();
        for (const auto& [attribute, value] : event.attributes)
            out.add(attribute, is_classification(attribute) ? value : redacted);
        attributes.assign(out.bytes());
    }
};

Redactor::Redactor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Redactor::Redactor(Redactor&&) noexcept = default;
Redactor& Redactor::operator=(Redactor&&) noexcept = default;
Redactor::~Redactor() = default;

Result<Redactor> Redactor::make(std::span<const std::string> rules) {
    auto impl = std::make_unique<Impl>();
    bool keys = false;
    for (const auto& rule : rules) {
        if (rule == "keys")
            keys = true;
        else if (rule == "personal")
            impl->personal = true;
        else if (rule.starts_with('/')) {
            auto pointer = parse_pointer(rule);
            if (!pointer) return pointer.error();
            if (impl->pointers.size() == max_pointers)
                return Error{"more than ", std::to_string(max_pointers), " pointers are too many for redact"};
            impl->pointers.push_back(std::move(*pointer));
        } else
            return Error{"\"", escape(rule),
                         "\" is no rule for redact: \"keys\", \"personal\" or a pointer such as "
                         "\"/data/changed_by\" would do"};
    }
    impl->names = hidden_names(keys, impl->personal);
    for (const auto& hidden_name : impl->names) impl->rarest_letters.push_back(rarest_letter(hidden_name.name));
    return Redactor(std::move(impl));
}

bool Redactor::redact(const Event& event, std::string& body, std::string& attributes) {
    return impl_->redact(event, body, attributes);
}

} // namespace webhookd::event
