"""What is sent: signed messages in files that the load generators read, a line each: signature, tab, body."""
import hashlib
import hmac
import json
import pathlib
import re

from servers import SECRET

SAMPLES = pathlib.Path(__file__).resolve().parent.parent / "data" / "samples"
NUMBER = "@@@@@@"  # where the sender puts a number that no other event has


def flag(number, i):
    return {
        "enabled": (number + i) % 2 == 0, "environment": 12, "feature_segment": None, "feature_state_value": f"value-{number}-{i}",
        "feature": {"created_date": "2026-01-14T09:31:22.120461Z", "default_enabled": False,
                    "description": "Shown to customers who pay by invoice", "id": 100 + i, "initial_value": "standard",
                    "name": f"checkout_flow_{i}", "type": "STANDARD"},
        "id": 7000 + i, "identity": 400000 + number,
    }


def flag_messages(count):
    """In the form of the published document, three flags each, about 1.2 kB; every one different."""
    for number in range(count):
        data = [flag(number, i) for i in range(3)]
        yield json.dumps({"data": data, "event_type": "FLAG_UPDATED", "timestamp": f"2026-11-23T14:02:11.{number:06d}Z"}, sort_keys=True)


def identity_messages(count, flags):
    """What the integration sends of an identity for which this many flags are evaluated: 54 make 20 kB."""
    for number in range(count):
        evaluated = [{**flag(number, i), "identity": None} for i in range(flags)]
        traits = [{"id": i, "trait_key": f"trait_{i}", "trait_value": f"value {number}"} for i in range(8)]
        yield json.dumps({"flags": evaluated, "identity": f"user-{number}", "segments": [{"id": 3, "name": "beta_users", "member": True}], "traits": traits})


def write(file, bodies):
    """The mean size."""
    sizes = []
    with open(file, "w") as out:
        for body in bodies:
            sizes.append(len(body))
            out.write(hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest() + "\t" + body + "\n")
    return sum(sizes) / len(sizes)


def _sample(name, before=None, after='Z"', digits=6, point=""):
    """The sample with NUMBER behind the text `before`, in the place of so many digits."""
    text = (SAMPLES / f"{name}.json").read_text()
    if not before:
        return text
    text, found = re.subn(rf"({before})[0-9a-f]{{{digits}}}({after})", rf"\g<1>{point}{NUMBER}\g<2>", text, count=1)
    if found != 1:
        raise ValueError(f"the sample {name} has nothing like {before}")
    return text


def kinds():
    """(what it is, a body with NUMBER in it): one for each kind of event, as long as a real one."""
    timestamp, created = r'"timestamp": "[-0-9T:]+\.', r'"created_date": "[-0-9T:]+\.'
    whole = r'"(?:timestamp|created_date)": "2026-08-21T10:31:07'  # without a fraction
    return [
        ("flag updated", _sample("environment-flag-updated", timestamp)),
        ("flag updated, segment override", _sample("environment-flag-updated-segment-override", timestamp)),
        ("flag updated, identity override", _sample("environment-flag-updated-identity-override", timestamp)),
        ("flag updated, multivariate", _sample("environment-flag-updated-multivariate", timestamp)),
        ("flag created", _sample("environment-flag-updated-created", timestamp)),
        ("flag deleted", _sample("environment-flag-deleted", timestamp)),
        ("version published", _sample("environment-new-version-published", '"uuid": "[0-9a-f-]{30}', '"')),
        ("audit log entry", _sample("organisation-audit-log-created", created)),
        ("audit log entry, in the form of the document", _sample("spec-only-organisation-audit-log-created", whole, digits=0, point=".")),
        ("identity evaluated", _sample("identity-integration", '"identity": "user-', '"', digits=4)),
        ("flags evaluated, in the form of the document", _sample("spec-only-environment-flag-updated", whole, digits=0, point=".")),
        ("an event type not known yet", f'{{"data": {{"note": "note {NUMBER}"}}, "event_type": "SOMETHING_NEW"}}'),
        ("the test button", _sample("test-button-environment")),
    ]
