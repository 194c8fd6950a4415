"""What every fault is judged by.

Answered 200 ⊆ stored ⊆ sent; bodies byte-equal; the sequence without a gap; every sink has each event at least once."""
import dataclasses
import hashlib
import json

from harness.waiting import eventually

DATA = b'"data":'
EVALUATIONS = ("com.flagsmith.identity.evaluated", "com.flagsmith.flags.evaluated")


@dataclasses.dataclass(frozen=True)
class Seen:
    """An event as it was found somewhere."""
    id: str
    digest: str  # SHA-256 of its body
    is_evaluation: bool


@dataclasses.dataclass
class Evidence:
    sent: set  # digests
    acknowledged: dict  # id → digest
    stored: dict  # sequence → Seen, in order
    last_sequence: int
    sinks: dict  # name → [Seen, …] in the order of arrival, repeats included
    may_be_removed: bool = False  # retention is at work: the oldest settled ones may be gone from the store


def cloudevents(lines):
    """What is in lines of CloudEvents; a torn last line is none."""
    found = []
    for line in lines:
        if line.endswith(b"}"):
            at = line.index(DATA) + len(DATA)
            head = json.loads(line[:at] + b"null}")
            found.append(Seen(head["id"], hashlib.sha256(line[at:-1]).hexdigest(), head["type"] in EVALUATIONS))
    return found


def file_of_events(path):
    return cloudevents(path.read_bytes().split(b"\n")) if path.exists() else []


def exported(daemon):
    """id → Seen of what the store holds."""
    found = cloudevents(daemon.command("events", "export", timeout=240).stdout.encode().split(b"\n"))
    return {event.id: event for event in found}, len(found)


def stored(daemon):
    """sequence → Seen. Retention may remove some between two looks: then both are taken again."""
    def look():
        events, lines = exported(daemon)
        listed = json.loads(daemon.command("events", "list", "--format", "json", "--limit", 10_000_000, timeout=240).stdout)
        places = {event["sequence"]: event["id"] for event in listed}
        if len(places) != lines or set(places.values()) != set(events):
            return None
        return [{sequence: events[id] for sequence, id in sorted(places.items())}]  # in a list: an empty store is an answer too

    return eventually(look, 20, "two equal looks into the store")[0]


def without_repeats(events):
    return list({event.id: event for event in events}.values())


def findings(evidence):
    """What contradicts the promise, in words; empty when it was kept."""
    found = []
    by_id = {event.id: event for event in evidence.stored.values()}
    if len(by_id) != len(evidence.stored):
        found.append(f"{len(evidence.stored) - len(by_id)} ids are stored more than once")
    if len({event.digest for event in by_id.values()}) != len(by_id):
        found.append("a body is stored more than once, and each was sent once")
    found += _invented("the store", by_id.values(), evidence.sent)
    if not evidence.may_be_removed and list(evidence.stored) != list(range(1, evidence.last_sequence + 1)):
        found.append(f"the sequence has gaps: {_first_gap(evidence)}")
    for name, arrived in evidence.sinks.items():
        found += _judge_sink(name, arrived, evidence)

    known = dict(by_id)
    if evidence.may_be_removed:  # what is gone must have been handed on
        for name, arrived in evidence.sinks.items():
            known |= {event.id: event for event in arrived}
    lost = [id for id in evidence.acknowledged if id not in known]
    if lost:
        found.append(f"{len(lost)} of {len(evidence.acknowledged)} acknowledged events are lost, {lost[0]} for one")
    changed = [id for id, digest in evidence.acknowledged.items() if id in known and known[id].digest != digest]
    if changed:
        found.append(f"{len(changed)} acknowledged events have another body, {changed[0]} for one")
    return found


def _first_gap(evidence):
    expected = 1
    for sequence in evidence.stored:
        if sequence != expected:
            return f"{expected} to {sequence - 1}"
        expected += 1
    return f"{expected} to {evidence.last_sequence}"


def _invented(where, events, sent):
    never = [event.id for event in events if event.digest not in sent]
    return [f"{where} has {len(never)} events that nobody sent, {never[0]} for one"] if never else []


def _judge_sink(name, arrived, evidence):
    """A sink that delivers in order has, apart from repeats, the whole sequence: its n-th event is that of sequence n."""
    found = _invented(f"sink {name}", arrived, evidence.sent)
    if len({(event.id, event.digest) for event in arrived}) != len({event.id for event in arrived}):
        found.append(f"sink {name} has an event with two different bodies")
    order = without_repeats(arrived)
    if len(order) != evidence.last_sequence:
        found.append(f"sink {name} has {len(order)} different events, the sequence has come to {evidence.last_sequence}")
    for sequence, event in evidence.stored.items():
        if sequence > len(order) or order[sequence - 1] != event:
            there = order[sequence - 1].id if sequence <= len(order) else "nothing"
            found.append(f"sink {name} has {there} in the place of {event.id}, which has sequence {sequence}")
            break
    for is_evaluation in (False, True):  # retention takes from the old end of each family
        kept = [sequence for sequence, event in evidence.stored.items() if event.is_evaluation == is_evaluation]
        later = [place for place, event in enumerate(order, 1) if event.is_evaluation == is_evaluation and kept and place >= kept[0]]
        if later != kept:
            found.append(f"the store misses {len(later) - len(kept)} events that are younger than its oldest one")
    return found
