#include "event/facts.hpp"

#include "event/text_format.hpp"

#include <algorithm>

namespace webhookd::event {
namespace {

/// The values that the dashboard's test button always sends.
namespace test_button {
constexpr std::string_view user = "user@domain.com";
constexpr std::string_view flag = "test_feature";
constexpr std::string_view timestamp = "2021-06-18T07:50:26.595298Z";
constexpr std::string_view created = "2020-02-23T17:30:57.006318Z";
constexpr std::string_view log = "New Flag / Remote Config created: my_feature";
} // namespace test_button

/// More variants than this are compared in their order only.
constexpr std::uint32_t max_unordered_variants = 256;

template <class Word, class S>
std::string_view name_of(const Either<Word, S>& thing) noexcept {
    return thing.object ? thing.object->name.text() : std::string_view();
}

std::optional<bool> truth(const Boolean& value) noexcept {
    if (!value.has_value()) return {};
    return value.is_true();
}

std::string_view time_or_nothing(const Text& time) noexcept {
    return is_date_time(time.text()) ? time.text() : std::string_view();
}

bool differ(const Document& document, const FlagValue& a, const FlagValue& b) noexcept {
    if (!a.has_value() || !b.has_value()) return a.has_value() != b.has_value();
    return !document.equal(*a.node, *b.node);
}

/// The server does not promise an order of variants. Absent (before 2.214) is not a difference.
bool differ(const Document& document, const List<Variant>& a, const List<Variant>& b) noexcept {
    if (!a.node || !b.node || document.equal(*a.node, *b.node)) return false;
    if (a.node->count != b.node->count || a.node->count > max_unordered_variants) return true;
    const auto others = document.children(*b.node);
    for (const auto& variant : document.children(*a.node))
        if (std::none_of(others.begin(), others.end(),
                         [&](const Node& other) { return document.equal(variant, other); }))
            return true;
    return false;
}

/// What the state itself tells: the one after the change, or the one that is gone.
void describe_state(Facts& facts, const FlagState& state) {
    if (state.feature) {
        facts.flag = state.feature->name.text();
        facts.project = name_of(state.feature->project);
    }
    facts.environment = name_of(state.environment);
    if (state.identity.has_value() || state.identity_identifier.has_value()) {
        facts.scope = "identity";
        facts.identity =
            state.identity_identifier.has_value() ? state.identity_identifier.text() : state.identity.text();
    } else if (state.feature_segment.object || state.feature_segment.word.has_value()) {
        facts.scope = "segment";
        if (const auto& segment = state.feature_segment.object; segment && segment->segment)
            facts.segment = segment->segment->name.text();
    } else
        facts.scope = "environment";
}

template <class Data>
void describe_change(Facts& facts, const Data& data) {
    facts.actor = data.changed_by.text();
    facts.statetime = time_or_nothing(data.timestamp);
    facts.is_test = data.timestamp.text() == test_button::timestamp && facts.actor == test_button::user &&
                    facts.flag == test_button::flag;
    facts.unique = !data.timestamp.text().empty() && !facts.is_test;
}

} // namespace

Facts facts_of(const FlagUpdated& message, const Document& document) {
    Facts facts{.type = Type::flag_updated, .eventtype = message.event_type.text()};
    if (!message.data) return facts;
    const auto& data = *message.data;
    if (data.new_state) {
        describe_state(facts, *data.new_state);
        facts.enabled = truth(data.new_state->enabled);
    }
    if (data.previous_state) {
        const auto& before = *data.previous_state;
        facts.was_enabled = truth(before.enabled);
        if (data.new_state) {
            facts.value_changed = differ(document, data.new_state->feature_state_value, before.feature_state_value);
            facts.variants_changed = differ(document, data.new_state->multivariate_feature_state_values,
                                            before.multivariate_feature_state_values);
        } else
            describe_state(facts, before);
    } else {
        facts.is_new = data.new_state.has_value();
        if (facts.scope == "environment") facts.type = Type::flag_created; // a first override is an update
    }
    describe_change(facts, data);
    return facts;
}

Facts facts_of(const FlagDeleted& message, const Document&) {
    Facts facts{.type = Type::flag_deleted, .eventtype = message.event_type.text(), .is_gone = true};
    if (!message.data) return facts;
    if (const auto& before = message.data->previous_state) {
        describe_state(facts, *before);
        facts.was_enabled = truth(before->enabled);
    }
    describe_change(facts, *message.data);
    return facts;
}

Facts facts_of(const VersionPublished& message, const Document&) {
    Facts facts{.type = Type::version_published, .eventtype = message.event_type.text()};
    if (!message.data) return facts;
    const auto& data = *message.data;
    if (data.feature) facts.flag = data.feature->name.text();
    if (data.published_by) facts.actor = data.published_by->email.text();
    facts.unique = !data.uuid.text().empty();
    return facts;
}

Facts facts_of(const AuditLogCreated& message, const Document&) {
    Facts facts{.type = Type::audit_log_created, .eventtype = message.event_type.text()};
    facts.statetime = time_or_nothing(message.timestamp);
    if (!message.data) return facts;
    const auto& entry = *message.data;
    const auto name = [](const auto& either) { return either.object ? name_of(either) : either.word.text(); };
    facts.environment = name(entry.environment);
    facts.project = name(entry.project);
    if (entry.author) facts.actor = entry.author->email.text();
    if (const auto time = time_or_nothing(entry.created_date); !time.empty()) facts.statetime = time;
    facts.related_type = entry.related_object_type.text();
    facts.related_id =
        entry.related_object_id.has_value() ? entry.related_object_id.text() : entry.related_object_uuid.text();
    facts.log = entry.log.text();
    facts.is_test = !entry.id.has_value() && entry.created_date.text() == test_button::created &&
                    facts.actor == test_button::user && entry.log.text() == test_button::log;
    facts.unique = entry.id.has_value();
    return facts;
}

Facts facts_of(const IdentityEvaluated& message, const Document&) {
    return {.type = Type::identity_evaluated, .identity = message.identity.text()};
}

Facts facts_of(const FlagsEvaluated& message, const Document& document) {
    Facts facts{.type = Type::flags_evaluated, .eventtype = message.event_type.text()};
    facts.statetime = time_or_nothing(message.timestamp);
    if (!message.data.node || message.data.node->count == 0) return facts;
    // All evaluations of a message are those of one identity.
    const auto* identity = document.find(*document.children(*message.data.node).begin(), "identity");
    if (identity && identity->kind == Kind::number) facts.identity = identity->string();
    return facts;
}

Facts facts_of(const UnknownMessage& message, const Document&) {
    return {.type = Type::unknown, .eventtype = message.event_type.text()};
}

void write_attributes(AttributeWriter& out, const Facts& facts, const EndpointRules& rules, bool invalid) {
    const auto add = [&](Attribute attribute, std::string_view value) {
        if (!value.empty()) out.add(attribute, value);
    };
    const auto add_truth = [&](Attribute attribute, std::optional<bool> value) {
        if (value) out.add(attribute, *value);
    };
    out.clear();
    out.add(Attribute::type, type_name(facts.type));
    add(Attribute::source, rules.path);
    if (!facts.flag.empty())
        out.add(Attribute::subject, facts.flag);
    else if (!facts.related_type.empty()) {
        std::string subject(facts.related_type);
        if (!facts.related_id.empty()) subject.append(1, '/').append(facts.related_id);
        out.add(Attribute::subject, subject);
    } else
        add(Attribute::subject, facts.identity);
    add(Attribute::statetime, facts.statetime);
    add(Attribute::endpoint, rules.endpoint);
    add(Attribute::eventtype, facts.eventtype);
    add(Attribute::flag, facts.flag);
    add(Attribute::environment, facts.environment.empty() ? rules.environment : facts.environment);
    add(Attribute::project, facts.project.empty() ? rules.project : facts.project);
    add(Attribute::actor, facts.actor);
    add(Attribute::scope, facts.scope);

    char changed[40]; // longer than all words together
    std::size_t length = 0;
    const auto word = [&](std::string_view text) {
        if (length > 0) changed[length++] = ',';
        length += text.copy(changed + length, text.size());
    };
    if (facts.enabled && facts.was_enabled && *facts.enabled != *facts.was_enabled) word("enabled");
    if (facts.value_changed) word("value");
    if (facts.variants_changed) word("variants");
    if (facts.is_new) word("created");
    if (facts.is_gone) word("deleted");
    add(Attribute::changed, {changed, length});

    add_truth(Attribute::enabled, facts.enabled);
    add_truth(Attribute::wasenabled, facts.was_enabled);
    if (facts.is_test) out.add(Attribute::test, true);
    if (invalid) out.add(Attribute::invalid, true);
    add(Attribute::segment, facts.segment);
    add(Attribute::identity, facts.identity);
    add(Attribute::log, facts.log);
}

} // namespace webhookd::event
