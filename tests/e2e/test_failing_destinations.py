"""Destinations that refuse, hang, crawl and break off: nothing is lost, nobody else notices."""
import signal
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import flagsmith
from harness.destination import Answer
from harness.waiting import eventually

QUICK = {"first": "20ms", "max": "100ms", "attempts": 4}


@pytest.fixture
def serve(make_daemon, make_destination):
    """A daemon with one http sink, "service", and the destination of that."""

    def make(behave=lambda request: 200, **settings):
        destination = make_destination(behave)
        sink = {"type": "http", "url": destination.url(), "retry": QUICK, "timeout": "300ms", **settings}
        return make_daemon(tls=False, sink={"service": sink}).start(), destination

    return make


def post_all(daemon, bodies):
    """Their ids, in the order of the bodies; every one must be taken."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(daemon.post, bodies))
    assert {answer.status_code for answer in answers} == {200}
    return [answer.json()["id"] for answer in answers]


def status(daemon, sink="service"):
    return next(each for each in daemon.json("sinks", "list") if each["name"] == sink)


def ids(destination):
    return [event["id"] for event in destination.events()]


def all_ids(destination):
    """Of requests that carry a line for each event."""
    return [line.split(b'"id":"', 1)[1][:36].decode() for request in list(destination.taken) for line in request.body.splitlines()]


@pytest.mark.parametrize("settings", [{}, {"concurrency": 8}, {"body": "ndjson", "batch": {"max_events": 50, "max_delay": "50ms"}}],
                         ids=["one by one", "concurrently", "in batches"])
def test_one_event_in_a_hundred_is_rejected_and_exactly_those_are_dead_letters(serve, settings):
    def refuse_bad(request):
        return 422 if b'"flag":"bad"' in request.body else 200

    daemon, destination = serve(refuse_bad, **settings)
    sent = post_all(daemon, [flagsmith.flag_updated("bad" if i % 100 == 0 else f"good_{i % 7}") for i in range(300)])
    bad = {sent[i] for i in range(0, 300, 100)}

    eventually(lambda: status(daemon)["backlog"] == 0 and len(all_ids(destination)) == 297, 20, "all others' delivery")
    assert set(all_ids(destination)) == set(sent) - bad
    letters = daemon.json("dead-letters", "list", "--sink", "service")
    assert {letter["id"] for letter in letters} == bad
    assert {letter["why"] for letter in letters} == {"answered 422"}

    destination.behave = lambda request: 200
    daemon.command("dead-letters", "retry", "--all")
    eventually(lambda: len(all_ids(destination)) == 300, 10, "the delivery of the dead letters")
    assert set(all_ids(destination)) == set(sent)
    eventually(lambda: daemon.json("dead-letters", "list") == [], 5, "an empty list of dead letters")


@pytest.mark.parametrize("how", ["never", "dribble", "cut"])
def test_a_destination_without_whole_answers_holds_up_nobody(serve, how):
    daemon, destination = serve(lambda request: Answer(body=b"x" * 100, how=how))
    sent = []
    for _ in range(30):
        sent += post_all(daemon, [flagsmith.flag_updated()])
    assert [event["id"] for event in daemon.await_delivered(30)] == sent  # the file is current meanwhile

    sick = eventually(lambda: (now := status(daemon))["state"] == "failing" and now, 5, "the sink's trouble in the list")
    assert sick["backlog"] == 30 and sick["last_error"]
    assert ids(destination) == []

    destination.behave = lambda request: 200
    eventually(lambda: len(ids(destination)) >= 30, 10, "delivery of what waited")
    assert ids(destination) == sent  # in order, none twice: not one was answered before
    assert daemon.json("dead-letters", "list") == []


def test_nothing_is_sent_before_the_time_that_retry_after_names(serve):
    daemon, destination = serve(lambda request: Answer(429, {"Retry-After": "2"}))
    sent = post_all(daemon, [flagsmith.flag_updated()])
    first = eventually(lambda: destination.requests, 5, "the first request")[0]
    destination.behave = lambda request: 200
    eventually(lambda: ids(destination) == sent, 10, "delivery")
    assert destination.requests[1].at - first.at >= 2
    assert daemon.json("dead-letters", "list") == []


def test_a_flag_that_is_answered_500_does_not_hold_up_other_flags(serve):
    daemon, destination = serve(lambda request: 500 if request.flag == "poison" else 200, concurrency=4,
                                retry={"first": "200ms", "max": "1s", "attempts": 1000})
    for i in range(100):
        post_all(daemon, [flagsmith.flag_updated("poison" if i % 10 == 0 else f"flag_{i % 3}", number=i + 1)])
    eventually(lambda: len(ids(destination)) == 90, 5, "delivery of the other flags")
    for flag in ("flag_0", "flag_1", "flag_2"):  # each in its own order
        numbers = [int(event["data"]["data"]["new_state"]["feature_state_value"].split()[1]) for event in destination.events() if event["flag"] == flag]
        assert numbers == sorted(numbers) and len(numbers) == 30
    assert status(daemon)["backlog"] == 10

    destination.behave = lambda request: 200
    eventually(lambda: len(ids(destination)) == 100, 5, "delivery of the flag that failed")
    assert [event["id"] for event in destination.events()[90:]] == [event["id"] for event in daemon.delivered() if event["flag"] == "poison"]


def test_in_strict_order_an_event_that_alone_fails_is_given_up_after_its_attempts(serve):
    daemon, destination = serve(lambda request: 500 if request.flag == "poison" else 200)
    sent = []
    for flag in ("first", "poison", "second", "third"):
        sent += post_all(daemon, [flagsmith.flag_updated(flag)])
    eventually(lambda: len(ids(destination)) == 3, 10, "delivery of the others")
    assert ids(destination) == [sent[0], sent[2], sent[3]]
    letter, = daemon.json("dead-letters", "list")
    assert letter["id"] == sent[1] and letter["attempts"] >= QUICK["attempts"] and letter["why"] == "answered 500"


def test_where_everything_is_answered_500_nothing_is_given_up(serve):
    daemon, destination = serve(lambda request: 500)
    sent = []
    for _ in range(5):
        sent += post_all(daemon, [flagsmith.flag_updated()])
    eventually(lambda: len(destination.requests) > 5 * QUICK["attempts"], 20, "more attempts than one event has")
    assert daemon.json("dead-letters", "list") == []
    destination.behave = lambda request: 200
    eventually(lambda: len(ids(destination)) == 5, 10, "delivery")
    assert ids(destination) == sent


def test_killed_in_the_middle_it_repeats_but_loses_nothing(serve):
    daemon, destination = serve()
    acknowledged = []
    is_over = threading.Event()

    def keep_posting():
        while not is_over.is_set():
            try:
                answer = daemon.post(flagsmith.flag_updated())
                acknowledged.append(answer.json()["id"])
            except OSError:  # what was not answered was not promised
                pass

    poster = threading.Thread(target=keep_posting)
    poster.start()
    try:
        for _ in range(3):
            before = len(destination.taken)
            eventually(lambda: len(destination.taken) > before + 20, 10, "some deliveries")
            daemon.signal(signal.SIGKILL)
            daemon.wait()
            daemon.start()
    finally:
        is_over.set()
        poster.join()
    eventually(lambda: set(acknowledged) <= set(ids(destination)), 10, "delivery of all that was acknowledged")
    first_seen = list(dict.fromkeys(ids(destination)))
    assert [each for each in first_seen if each in set(acknowledged)] == acknowledged  # in order, but for the repeats


def test_a_tls_server_that_leaves_without_goodbye_has_answered(make_daemon, make_destination, authority, home):
    folder = home / "destination"
    folder.mkdir()
    authority.issue(folder)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    destination = make_destination(lambda request: Answer(200, how="bare"), tls=tls)
    url = destination.url().replace("127.0.0.1", "localhost")
    daemon = make_daemon(tls=False, sink={"service": {"type": "http", "url": url, "ca": authority.certificate, "retry": QUICK}}).start()
    sent = post_all(daemon, [flagsmith.flag_updated() for _ in range(5)])
    eventually(lambda: status(daemon)["delivered"] == 5, 10, "delivery")
    assert sorted(ids(destination)) == sorted(sent)  # each once
