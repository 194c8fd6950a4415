"""Posts as Flagsmith does: Python's requests, a new connection for each event, the signature over exactly the body."""
import hashlib
import hmac
import itertools
import json
import pathlib

import requests

SAMPLES = pathlib.Path(__file__).resolve().parents[1] / "data" / "samples"


def sign(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def sample_names():
    return sorted(path.stem for path in SAMPLES.glob("*.json"))


def post(url, body: bytes, secret=None, *, signature=None, verify=True, headers=None, timeout=10):
    """`signature` replaces the right one; without secret and signature there is no such header."""
    sent = {"content-type": "application/json"}
    if secret is not None and signature is None:
        signature = sign(body, secret)
    if signature is not None:
        sent["X-Flagsmith-Signature"] = signature
    sent.update(headers or {})
    # A list of headers set to None is left out by requests; proxies of the environment are not for the tests.
    with requests.Session() as session:
        session.trust_env = False
        return session.post(url, data=body, headers=sent, verify=str(verify) if isinstance(verify, pathlib.Path) else verify,
                            timeout=timeout, allow_redirects=False)


_number = itertools.count(1)


def flag_updated(flag="checkout_v2", enabled=True, environment="Production", number=None, actor="jane@example.com", padding=0) -> bytes:
    """A flag change like any other, different from every one before; `padding` bytes make it longer."""
    number = next(_number) if number is None else number
    state = {
        "enabled": enabled, "environment": {"id": 12, "name": environment},
        "feature": {"created_date": "2026-01-14T09:31:22.120461Z", "default_enabled": False, "description": "x" * padding or None, "id": 1840,
                    "initial_value": None, "name": flag, "project": {"id": 7, "name": "Webshop"}, "type": "STANDARD"},
        "feature_segment": None, "feature_state_value": f"value {number}", "identity": None, "identity_identifier": None,
        "multivariate_feature_state_values": [],
    }
    data = {"changed_by": actor, "new_state": state, "previous_state": dict(state, enabled=not enabled),
            "timestamp": f"2026-11-23T14:{number // 60000000 % 60:02}:{number // 1000000 % 60:02}.{number % 1000000:06}Z"}
    return json.dumps({"data": data, "event_type": "FLAG_UPDATED"}, sort_keys=True).encode()


def identity_evaluated(number=None, padding=0) -> bytes:
    """The flags of an identity, different from every one before; `padding` bytes make it longer."""
    number = next(_number) if number is None else number
    flag = {"enabled": True, "environment": 207, "feature": {"created_date": "2026-03-02T09:14:55.120487Z", "default_enabled": False,
                                                             "description": "x" * padding, "id": 5120, "initial_value": None,
                                                             "name": "checkout_v2", "type": "STANDARD"},
            "feature_segment": None, "feature_state_value": None, "id": 33120, "identity": None}
    traits = [{"id": 501, "trait_key": "logins", "trait_value": number, "transient": False}]
    return json.dumps({"flags": [flag], "identity": f"user-{number}", "segments": [], "traits": traits}, sort_keys=True).encode()
