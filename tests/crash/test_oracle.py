"""The oracle sees what it is there to see: evidence of a good run, with one thing wrong at a time."""
import copy

import pytest

from harness.oracle import Evidence, Seen, findings


def event(number, is_evaluation=False):
    return Seen(f"id-{number}", f"digest-{number}", is_evaluation)


def good():
    events = [event(number, is_evaluation=number % 3 == 0) for number in range(1, 13)]
    return Evidence(sent={each.digest for each in events} | {"never answered"},
                    acknowledged={each.id: each.digest for each in events[:-1]},
                    stored=dict(enumerate(events, 1)), last_sequence=12,
                    sinks={"file": events[:5] + events[3:], "other": list(events)})


def removed():
    """Retention took some of the old end of both families, further in one of them."""
    evidence = good()
    for sequence in (1, 2, 3, 4, 5, 6, 9):
        del evidence.stored[sequence]
    evidence.may_be_removed = True
    return evidence


def lose(evidence):
    del evidence.stored[11]
    evidence.stored = {sequence - (sequence > 11): each for sequence, each in evidence.stored.items()}
    evidence.last_sequence -= 1
    for name, arrived in evidence.sinks.items():
        evidence.sinks[name] = [each for each in arrived if each.id != "id-11"]


def change_a_body(evidence):
    evidence.stored[11] = Seen("id-11", "digest-12", False)


def invent(evidence):
    evidence.sent.remove("digest-10")


def leave_a_gap(evidence):
    del evidence.stored[10]


def swap(evidence):
    evidence.stored[10], evidence.stored[11] = evidence.stored[11], evidence.stored[10]


def store_twice(evidence):
    evidence.stored[13] = evidence.stored[12]
    evidence.last_sequence = 13


def store_under_two_ids(evidence):
    evidence.stored[13] = Seen("id-13", "digest-12", False)
    evidence.last_sequence = 13
    for arrived in evidence.sinks.values():
        arrived.append(evidence.stored[13])


def deliver_not(evidence):
    evidence.sinks["other"].pop(7)


def deliver_not_the_last(evidence):
    evidence.sinks["other"].pop()


def deliver_another_body(evidence):
    evidence.sinks["file"].append(Seen("id-12", "digest-1", True))


def deliver_what_is_not_stored(evidence):
    evidence.sent.add("digest-99")
    evidence.sinks["file"].append(event(99))


FAULTS = [lose, change_a_body, invent, leave_a_gap, swap, store_twice, store_under_two_ids, deliver_not, deliver_not_the_last, deliver_another_body,
          deliver_what_is_not_stored]


def test_good_runs_are_good():
    assert findings(good()) == [] and findings(removed()) == []


def test_what_is_removed_without_retention_is_lost():
    evidence = removed()
    evidence.may_be_removed = False
    assert findings(evidence)


@pytest.mark.parametrize("make", [good, removed])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_every_fault_is_seen(make, fault):
    evidence = copy.deepcopy(make())
    fault(evidence)
    assert findings(evidence)


def test_retention_must_not_take_what_no_sink_has():
    evidence = removed()
    evidence.sinks["file"] = evidence.sinks["file"][6:]
    assert any("sink file" in finding for finding in findings(evidence))
