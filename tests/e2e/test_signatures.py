"""Why a signature does not fit, for the operator: in the log, after the answer, and by the command `verify`."""
import json
import re

import pytest

from harness import flagsmith
from harness.waiting import eventually

REFUSED = re.compile(r"endpoint (\w+): refused \(401\), (.*) \((\d+) more since the last such line\)")


def reasons(daemon):
    return REFUSED.findall(daemon.log_text())


def reencoded(body, **style):
    return json.dumps(json.loads(body), **style).encode()


def compact(body):
    return reencoded(body, separators=(",", ":"))


BODY = flagsmith.flag_updated(flag="grüße", number=1)


def signed_as(daemon, original, kind="environment"):
    return flagsmith.sign(original, daemon.secrets[kind])


CASES = {  # name: (what arrives, its signature, what the log says)
    "no header": (lambda d: (BODY, None), "there is no signature: has the webhook a secret in Flagsmith?"),
    "empty header": (lambda d: (BODY, ""), "there is no signature: has the webhook a secret in Flagsmith?"),
    "prefix": (lambda d: (BODY, "sha256=" + signed_as(d, BODY)),
               'the signature is malformed: there is a prefix such as "sha256=" before it, which Flagsmith does not send'),
    "too short": (lambda d: (BODY, signed_as(d, BODY)[1:]), "the signature is malformed: it has 63 characters instead of 64"),
    "no hexadecimal": (lambda d: (BODY, "g" * 64), "the signature is malformed: it holds characters that are no hexadecimal digits"),
    "another endpoint's": (lambda d: (BODY, signed_as(d, BODY, "organisation")),
                           'it fits the secret "canary" of endpoint "organisation": is the URL in Flagsmith right?'),
    "made compact": (lambda d: (compact(BODY), signed_as(d, BODY)),
                     'it fits the secret "canary" of endpoint "environment", but the body was changed on its way: '
                     "it was written anew (white space, escapes or order of members)"),
    "made spaced": (lambda d: (BODY, signed_as(d, compact(BODY))),
                    'it fits the secret "canary" of endpoint "environment", but the body was changed on its way: its white space or its escapes were changed'),
    "unescaped": (lambda d: (reencoded(BODY, sort_keys=True, ensure_ascii=False), signed_as(d, BODY)),
                  'it fits the secret "canary" of endpoint "environment", but the body was changed on its way'),
    "line break": (lambda d: (BODY + b"\n", signed_as(d, BODY)),
                   'it fits the secret "canary" of endpoint "environment", but the body was changed on its way: a line break was added at its end'),
    "unknown secret": (lambda d: (BODY, flagsmith.sign(BODY, "nobody's")), "it fits no secret of the configuration"),
    "too long": (lambda d: (b'{"x": "' + b"y" * 65536 + b'"}', "0" * 64),
                 "the body is too long to look for the reason: `verify` does, with the body in a file"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_log_says_why(make_daemon, name):
    daemon = make_daemon(tls=False).start()
    make, expected = CASES[name]
    body, signature = make(daemon)
    assert daemon.post(body, secret=None, signature=signature).status_code == 401
    (endpoint, why, held_back), = eventually(lambda: reasons(daemon), 5, "a line about the refusal")
    assert (endpoint, held_back) == ("environment", "0")
    assert why.startswith(expected)
    assert "grü" not in why and (not signature or signature not in daemon.log_text())


def test_a_flood_is_one_line_for_each_endpoint_and_hides_no_mistyped_secret(make_daemon):
    daemon = make_daemon(tls=False).start()
    for _ in range(50):
        assert daemon.post(BODY, secret=None, signature="").status_code == 401
    assert daemon.post(BODY, secret="mistyped").status_code == 401
    assert daemon.post(flagsmith.sample("identity-integration"), "identity", secret="mistyped").status_code == 401
    lines = eventually(lambda: len(found := reasons(daemon)) >= 3 and found, 5, "a line of each kind")
    assert sorted((endpoint, why.split(":")[0]) for endpoint, why, _ in lines) == [
        ("environment", "it fits no secret of the configuration"), ("environment", "there is no signature"),
        ("identity", "it fits no secret of the configuration")]


@pytest.mark.parametrize("name", [name for name, (_, why) in CASES.items() if "on its way" in why or "another" in name])
def test_verify_says_the_same_of_a_body_in_a_file(make_daemon, home, name):
    daemon = make_daemon(tls=False)
    body, signature = CASES[name][0](daemon)
    (home / "body.json").write_bytes(body)
    result = daemon.command("verify", "--signature", signature, home / "body.json", check=False)
    if name == "another endpoint's":  # the command is not told at which endpoint it arrived
        assert result.returncode == 0 and 'endpoint "organisation"' in result.stdout
    else:
        assert result.returncode == 1 and "the body was changed on its way" in result.stdout and 'secret "canary"' in result.stdout
