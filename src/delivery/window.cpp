#include "webhookd/delivery/window.hpp"

#include <algorithm>
#include <functional>

namespace webhookd::delivery {
namespace {

using sink::Outcome;

/// Flags that fail, none getting through between them, after which the destination counts as failing as a whole.
constexpr std::size_t patience = 4;

/// What is kept for reuse: so many slots, each with a buffer of at most this size.
constexpr std::size_t most_spare_slots = 1024;
constexpr std::size_t most_spare_bytes = 4 * 1024;

std::size_t size_of(const event::Event& event) {
    return event.body.size() + event.attributes.bytes().size();
}

void keep_bytes(Window::Slot& slot) {
    const auto attributes = slot.event.attributes.bytes();
    slot.kept.assign(attributes).append(slot.event.body);
    const std::string_view kept = slot.kept;
    slot.event.attributes = AttributeView(kept.substr(0, attributes.size()));
    slot.event.body = kept.substr(attributes.size());
    slot.is_kept = true;
}

/// What decides which events must stay in order: the flag; without one, what the event is about.
std::uint64_t key_of(const event::Event& event) {
    const auto flag = event.attributes.get(Attribute::flag);
    return std::hash<std::string_view>{}(flag ? *flag : event.attributes.get_or(Attribute::subject, ""));
}

} // namespace

void Window::Batch::clear() noexcept {
    events.clear();
    positions.clear();
    is_probe = false;
}

// --- filling ---

void Window::admit(const event::Event& event, bool keep, SteadyTime now) {
    if (spare_.empty()) spare_.emplace_back();
    slots_.splice(slots_.end(), spare_, spare_.begin());
    auto& slot = slots_.back();
    slot.event = event;
    slot.attempts = 0;
    slot.is_kept = false;
    slot.admitted = now;
    if (keep) keep_bytes(slot);
    bytes_ += size_of(event);
    auto& line = line_of(slot.event);
    slot.line = &line;
    put_back(line, line.waiting.size(), std::prev(slots_.end()));
    if (line.state == Line::State::idle) make_ready(line);
    wants_probe_ = false;
    read_ = std::max(read_, event.sequence);
}

void Window::own() {
    for (auto& slot : slots_)
        if (!slot.is_kept) keep_bytes(slot);
}

Window::Line& Window::line_of(const event::Event& event) {
    const auto key = shape_.order == Order::strict ? 0 : key_of(event);
    auto& line = lines_[key];
    line.key = key;
    return line;
}

// --- lines ---

void Window::make_ready(Line& line) {
    line.state = Line::State::ready;
    ready_.push_back(&line);
    ready_events_ += line.waiting.size();
}

/// Nothing of the line is under way any more.
void Window::release(Line& line) {
    if (line.waiting.empty()) {
        line.state = Line::State::idle;
        line.not_before.reset();
        if (shape_.order == Order::per_flag) lines_.erase(line.key);
    } else if (line.not_before) {
        line.state = Line::State::blocked;
        blocked_.emplace(*line.not_before, &line);
        line.not_before.reset();
    } else {
        make_ready(line);
    }
}

void Window::unblock(SteadyTime now) {
    while (!blocked_.empty() && blocked_.begin()->first <= now) {
        make_ready(*blocked_.begin()->second);
        blocked_.erase(blocked_.begin());
    }
}

void Window::put_back(Line& line, std::size_t at, Position position) {
    position->is_waiting = true;
    line.waiting.insert(line.waiting.begin() + static_cast<std::ptrdiff_t>(at), position);
    if (line.state == Line::State::ready) ++ready_events_;
}

void Window::put_under_way(Position position, Batch& batch) {
    position->is_waiting = false;
    if (position->attempts == 0) position->successes_seen = successes_;
    batch.events.push_back(position->event);
    batch.positions.push_back(position);
}

// --- delivering ---

SteadyTime Window::delay_ends() const noexcept {
    const auto& waiting = ready_.front()->waiting;
    return waiting.empty() ? SteadyTime::min() : waiting.front()->admitted + shape_.batch_delay;
}

bool Window::is_due(SteadyTime now, bool flush) const noexcept {
    return flush || shape_.batch_delay == Duration::zero() || ready_events_ >= shape_.batch_events || !has_room() ||
           delay_ends() <= now;
}

bool Window::take(Batch& batch, SteadyTime now, bool flush) {
    batch.clear();
    unblock(now);
    if (ready_.empty() || (gate_ && (under_way_ != 0 || now < *gate_))) return false;
    batch.is_probe = ready_.front()->suspects != 0;
    if (!batch.is_probe && !is_due(now, flush)) return false;

    std::size_t bytes = 0;
    const auto is_full = [&] {
        return batch.events.size() >= (batch.is_probe ? 1 : batch_limit_) ||
               (!batch.events.empty() && bytes >= shape_.batch_bytes);
    };
    while (!ready_.empty() && !is_full()) {
        auto& line = *ready_.front();
        ready_.pop_front();
        ready_events_ -= line.waiting.size();
        line.state = Line::State::busy;
        if (line.waiting.empty()) { // all of it was skipped
            release(line);
            continue;
        }
        while (line.waiting.size() > line.suspects && !is_full()) {
            const auto at = line.waiting.begin() + static_cast<std::ptrdiff_t>(line.suspects);
            bytes += size_of((*at)->event);
            put_under_way(*at, batch);
            line.waiting.erase(at);
        }
    }
    if (batch.events.empty()) return false;
    ++under_way_;
    return true;
}

std::optional<SteadyTime> Window::next_due() const noexcept {
    if (gate_ && under_way_ != 0) return {};
    std::optional<SteadyTime> due;
    if (!ready_.empty()) due = delay_ends();
    if (!blocked_.empty()) due = std::min(due.value_or(SteadyTime::max()), blocked_.begin()->first);
    if (due && gate_) due = std::max(*due, *gate_);
    return due;
}

void Window::give_back(Batch& batch) {
    --under_way_;
    wants_probe_ = false;
    for (std::size_t i = batch.positions.size(); i-- > 0;) {
        auto& line = *batch.positions[i]->line;
        put_back(line, std::exchange(line.suspects, 0), batch.positions[i]);
    }
    for (const auto position : batch.positions)
        if (position->line->state == Line::State::busy) release(*position->line);
    batch.clear();
}

/// Notes the failure; true where the event is alone in being refused.
bool Window::fail(Slot& slot, const Outcome& outcome) {
    ++slot.attempts;
    slot.why = outcome.why;
    const bool others_get_through = successes_ > std::exchange(slot.successes_seen, successes_);
    return plan_.is_exhausted(slot.attempts) && others_get_through;
}

void Window::succeed(std::size_t events) {
    successes_ += events;
    failures_in_a_row_ = 0;
    failing_.clear();
    gate_.reset();
    batch_limit_ = std::min(batch_limit_ * 2, shape_.batch_events);
}

/// Nothing of the batch got through: is it the destination?
void Window::doubt_destination(const Batch& batch, std::size_t failed_together, const Outcome& outcome, SteadyTime now,
                               double chance) {
    if (failed_together > 1) {
        batch_limit_ = failed_together / 2;
        gate_ = now + plan_.delay(++failures_in_a_row_, chance, outcome.after);
    } else if (shape_.order == Order::per_flag) {
        const auto key = batch.positions.front()->line->key;
        if (failing_.size() < patience && std::find(failing_.begin(), failing_.end(), key) == failing_.end())
            failing_.push_back(key);
        if (failing_.size() == patience) gate_ = now + plan_.delay(++failures_in_a_row_, chance, {});
    }
}

Window::Conclusion Window::conclude(Batch& batch, const sink::Outcomes& outcomes, SteadyTime now, double chance) {
    Conclusion conclusion;
    --under_way_;
    wants_probe_ = false;
    if (batch.is_probe) {
        conclude_probe(batch, outcomes, conclusion, now, chance);
        batch.clear();
        return conclusion;
    }
    const auto tried = std::min(outcomes.size(), batch.positions.size());
    const auto refused = static_cast<std::size_t>(
        std::count_if(outcomes.begin(), outcomes.begin() + static_cast<std::ptrdiff_t>(tried),
                      [](const Outcome& outcome) { return outcome.kind == Outcome::Kind::retry; }));
    const bool failed_as_a_whole = refused > 1 && refused == tried; // says nothing about any of them
    if (refused < tried)
        succeed(tried - refused);
    else if (tried != 0)
        doubt_destination(batch, failed_as_a_whole ? tried : 1, outcomes.front(), now, chance);

    std::vector<Line*> lines;
    Line* last_line = nullptr;
    for (std::size_t i = batch.positions.size(); i-- > 0;) { // from behind, so that the order is kept in putting back
        const auto position = batch.positions[i];
        auto& line = *position->line;
        if (&line != last_line) lines.push_back(last_line = &line);
        if (i >= tried) {
            put_back(line, 0, position);
            continue;
        }
        const auto& outcome = outcomes[i];
        if (outcome.kind == Outcome::Kind::delivered) {
            ++conclusion.delivered;
            settle(position);
            continue;
        }
        conclusion.why = outcome.why;
        if (outcome.kind == Outcome::Kind::reject) {
            ++position->attempts;
            conclusion.deaths.push_back({position, outcome.why});
        } else if (failed_as_a_whole) {
            ++conclusion.failed;
            put_back(line, 0, position);
        } else if (fail(*position, outcome)) {
            conclusion.deaths.push_back({position, outcome.why});
        } else {
            ++conclusion.failed;
            put_back(line, 0, position);
            line.not_before = now + plan_.delay(position->attempts, chance, outcome.after);
        }
    }
    std::reverse(conclusion.deaths.begin(), conclusion.deaths.end());
    for (auto* line : lines) {
        if (line->state != Line::State::busy) continue;
        if (shape_.order == Order::strict && line->not_before) look_for_probe(*line);
        release(*line);
    }
    batch.clear();
    return conclusion;
}

/// In strict order, after a failure: where the attempts of the foremost event are used up, the one behind it goes next.
void Window::look_for_probe(Line& line) {
    if (!plan_.is_exhausted(line.waiting.front()->attempts)) return;
    if (line.waiting.size() == 1) {
        wants_probe_ = true;
        return;
    }
    line.suspects = 1;
    line.not_before.reset();
}

void Window::conclude_probe(Batch& batch, const sink::Outcomes& outcomes, Conclusion& conclusion, SteadyTime now,
                            double chance) {
    const auto probe = batch.positions.front();
    auto& line = *probe->line;
    if (!outcomes.empty() && outcomes.front().kind != Outcome::Kind::retry) { // the suspects are alone in being refused
        succeed(1);
        for (; line.suspects != 0; --line.suspects) {
            const auto suspect = line.waiting.front();
            line.waiting.pop_front();
            suspect->is_waiting = false;
            conclusion.deaths.push_back({suspect, suspect->why});
        }
        if (outcomes.front().kind == Outcome::Kind::delivered) {
            ++conclusion.delivered;
            settle(probe);
        } else {
            conclusion.why = outcomes.front().why;
            ++probe->attempts;
            conclusion.deaths.push_back({probe, outcomes.front().why});
        }
        release(line);
        return;
    }
    put_back(line, line.suspects, probe);
    if (!outcomes.empty()) {
        ++conclusion.failed;
        conclusion.why = outcomes.front().why;
        fail(*probe, outcomes.front());
        if (plan_.is_exhausted(probe->attempts)) {
            ++line.suspects;
            wants_probe_ = line.suspects == line.waiting.size();
            if (!wants_probe_) return release(line);
        }
    }
    line.suspects = 0;
    const auto& front = *line.waiting.front();
    line.not_before = now + plan_.delay(front.attempts, chance, outcomes.empty() ? std::nullopt : outcomes[0].after);
    release(line);
}

bool Window::skip_oldest() {
    if (slots_.empty() || !slots_.front().is_waiting) return false;
    auto& line = *slots_.front().line;
    line.waiting.pop_front();
    if (line.suspects != 0) --line.suspects;
    if (line.state == Line::State::ready) --ready_events_;
    settle(slots_.begin());
    return true;
}

void Window::settle(Position position) {
    bytes_ -= size_of(position->event);
    if (position->kept.capacity() > most_spare_bytes) position->kept = {};
    if (spare_.size() < most_spare_slots)
        spare_.splice(spare_.begin(), slots_, position);
    else
        slots_.erase(position);
}

} // namespace webhookd::delivery
