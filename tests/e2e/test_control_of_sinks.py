"""What an operator does with sinks: filter, pause, replay, limit the backlog."""
import json

from harness import flagsmith
from harness.destination import Answer
from harness.waiting import eventually


def ids_in(file):
    return [json.loads(line)["id"] for line in file.read_bytes().splitlines()] if file.exists() else []


def accepted(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def large_event():
    """20 kB, so that a backlog is soon full."""
    return flagsmith.flag_updated().replace(b'"description": null', b'"description": "' + b"x" * 9_000 + b'"')


def test_a_paused_sink_gets_everything_in_order_after_a_hundred_thousand_events(make_daemon, make_destination):
    destination = make_destination()
    daemon = make_daemon(tls=False, log={"level": "warning"}, sink={"service": {
        "type": "http", "url": destination.url(), "body": "ndjson", "batch": {"max_events": 1000, "max_delay": "10ms"}}}).start()
    daemon.command("sinks", "pause", "service")
    daemon.command("send", "flag-updated", "--to", daemon.url("/environment-webhook"), "--secret-file", daemon.home / "environment.secret",
                   "--count", 100_000, "--keep-alive", "--parallel", 32, timeout=60)
    assert daemon.stop() == 0
    daemon.start()  # it remembers
    paused = next(sink for sink in daemon.json("sinks", "list") if sink["name"] == "service")
    assert paused["state"] == "paused" and paused["backlog"] == 100_000
    assert destination.requests == []

    daemon.command("sinks", "resume", "service")
    eventually(lambda: sum(request.body.count(b"\n") for request in list(destination.taken)) >= 100_000, 60, "delivery of what waited")
    received = [line.split(b'"id":"', 1)[1][:36].decode() for request in destination.taken for line in request.body.splitlines()]
    eventually(lambda: daemon.events_file.read_bytes().count(b"\n") >= 100_000, 30, "the file")
    assert received == ids_in(daemon.events_file)


def test_replay_delivers_the_chosen_events_once_more_and_marks_them(make_daemon, make_destination):
    destination = make_destination()
    daemon = make_daemon(tls=False, sink={"service": {"type": "http", "url": destination.url()}}).start()
    sent = [accepted(daemon.post(flagsmith.flag_updated(flag))) for flag in ("one", "two", "one", "three")]
    eventually(lambda: len(destination.taken) == 4, 5, "delivery")

    dry = daemon.command("replay", "--sink", "service", "--since", "1h", "--flag", "one", "--dry-run").stdout
    assert dry.startswith("2 events")
    daemon.command("replay", "--sink", "service", "--since", "1h", "--flag", "one")
    eventually(lambda: len(destination.taken) == 6, 5, "the replay")
    assert [event["id"] for event in destination.events()[4:]] == [sent[0], sent[2]]
    daemon.command("replay", "--sink", "service", "--id", sent[3])
    eventually(lambda: len(destination.taken) == 7, 5, "the replay of one")
    assert destination.events()[6]["id"] == sent[3]
    assert [event.get("redelivery", False) for event in destination.events()] == [False] * 4 + [True] * 3
    assert len(daemon.delivered()) == 4  # other sinks have nothing to do with it


def test_once_delivers_a_change_once_that_both_webhooks_report(make_daemon, make_destination):
    destination = make_destination()
    daemon = make_daemon(tls=False, sink={"service": {"type": "http", "url": destination.url(), "once": True}}).start()
    for number in range(5):
        body = flagsmith.flag_updated()
        accepted(daemon.post(body, "environment" if number % 2 else "organisation"))
        accepted(daemon.post(body, "organisation" if number % 2 else "environment"))
    last = accepted(daemon.post(flagsmith.flag_updated()))
    daemon.await_delivered(11)
    eventually(lambda: destination.taken and destination.events()[-1]["id"] == last, 5, "delivery")
    received = [event["id"] for event in destination.events()]
    assert len(received) == len(set(received)) == 6


def test_beyond_max_backlog_the_oldest_are_skipped_loudly(make_daemon, make_destination):
    destination = make_destination(lambda request: Answer(how="never"))
    daemon = make_daemon(tls=False, sink={"service": {"type": "http", "url": destination.url(), "timeout": "200ms", "max_backlog": "1MiB",
                                                      "retry": {"first": "20ms", "max": "100ms"}}}).start()
    sent = [accepted(daemon.post(large_event())) for _ in range(200)]
    skipped = 'flagsmith_webhookd_sink_skipped_total{sink="service"}'
    eventually(lambda: daemon.metrics().get(skipped, 0) > 50, 10, "skipping")
    destination.behave = lambda request: 200
    eventually(lambda: destination.taken and destination.events()[-1]["id"] == sent[-1], 10, "delivery of the latest")
    received = [event["id"] for event in destination.events()]
    assert received == [each for each in sent if each in set(received)]  # in order, none twice
    assert received[-50:] == sent[-50:] and len(received) + daemon.metrics()[skipped] == 200
    assert "sink service" in daemon.log_text() and "given up" in daemon.log_text()
    assert len(daemon.delivered()) == 200


def test_with_refuse_intake_stops_at_max_backlog_and_goes_on_when_there_is_room(make_daemon, make_destination):
    destination = make_destination(lambda request: Answer(how="never"))
    daemon = make_daemon(tls=False, listen={"unavailable": {"wait": "100ms", "answer": "503"}}, sink={"service": {
        "type": "http", "url": destination.url(), "timeout": "200ms", "max_backlog": "1MiB", "when_full": "refuse",
        "retry": {"first": "20ms", "max": "100ms"}}}).start()
    sent = []

    def refusals():
        answer = daemon.post(large_event())
        if answer.status_code != 200:
            return [answer]
        sent.append(accepted(answer))
        return []

    refused, = eventually(refusals, 10, "refusal")  # the lane looks between attempts, and many events fit into one of them
    assert refused.status_code == 503 and refused.headers["Retry-After"]
    destination.behave = lambda request: 200
    sent.append(accepted(eventually(lambda: (answer := daemon.post(large_event())).status_code == 200 and answer, 10, "intake")))
    eventually(lambda: len(destination.taken) >= len(sent), 10, "delivery")
    assert [event["id"] for event in destination.events()] == sent  # nothing that was acknowledged is missing


FILTERS = {  # name: (settings, the events below it takes)
    "type": ({"match": {"type": ["flag.deleted", "audit_log.*"]}}, {"deleted", "audit"}),
    "environment": ({"match": {"environment": ["Stag*"]}}, {"staging"}),
    "flag": ({"match": {"flag": ["checkout_*"]}}, {"checkout", "staging"}),
    "changed": ({"match": {"changed": ["enabled"]}}, {"checkout", "staging", "other"}),
    "project": ({"match": {"project": ["Webshop"]}}, {"checkout", "staging", "other"}),
    "endpoint": ({"match": {"endpoint": ["organisation"]}}, {"audit"}),
    "scope": ({"match": {"scope": ["segment"]}}, {"segment"}),
    "actor": ({"match": {"actor": ["ci@example.com"]}}, {"other"}),
    "both": ({"match": {"flag": ["checkout_*"], "environment": ["Production"]}}, {"checkout"}),
    "excluded": ({"match": {"changed": ["enabled"]}, "exclude": {"actor": ["ci@*"]}}, {"checkout", "staging"}),
}


def test_each_filter_lets_through_what_it_says(make_daemon):
    sinks = {name: {"type": "file", "path": f"{name}.ndjson", **settings} for name, (settings, _) in FILTERS.items()}
    daemon = make_daemon(tls=False, sink=sinks).start()
    names = {
        accepted(daemon.post(flagsmith.flag_updated("checkout_v2"))): "checkout",
        accepted(daemon.post(flagsmith.flag_updated("checkout_v2", environment="Staging"))): "staging",
        accepted(daemon.post(flagsmith.flag_updated("search", actor="ci@example.com"))): "other",
        accepted(daemon.post(flagsmith.sample("environment-flag-deleted"))): "deleted",
        accepted(daemon.post(flagsmith.sample("environment-flag-updated-segment-override"))): "segment",
        accepted(daemon.post(flagsmith.sample("organisation-audit-log-created"), "organisation")): "audit",
    }
    daemon.await_delivered(6)
    eventually(lambda: all(sink["backlog"] == 0 for sink in daemon.json("sinks", "list")), 5, "all sinks")
    known = {event["id"]: event for event in daemon.delivered()}
    for name, (settings, expected) in FILTERS.items():
        got = {names[each] for each in ids_in(daemon.home / f"{name}.ndjson")}
        # The samples have flags, environments and people of their own: what they add is judged by their attributes.
        own = {"checkout", "staging", "other"} | expected
        assert got & own == expected, (name, {names[each]: event for each, event in known.items()})


def test_a_removed_sink_goes_on_where_it_was_when_it_comes_back(make_daemon, make_destination):
    destination = make_destination()
    service = {"type": "http", "url": destination.url()}
    daemon = make_daemon(tls=False, sink={"service": service}).start()
    sent = [accepted(daemon.post(flagsmith.flag_updated()))]
    eventually(lambda: len(destination.taken) == 1, 5, "delivery")
    daemon.change(sink={"service": None})
    daemon.reload()
    sent += [accepted(daemon.post(flagsmith.flag_updated())) for _ in range(3)]
    daemon.await_delivered(4)
    daemon.change(sink={"service": service})
    daemon.reload()
    eventually(lambda: len(destination.taken) == 4, 5, "delivery of what was missed")
    assert [event["id"] for event in destination.events()] == sent
