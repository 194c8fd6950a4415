"""What two scanners of TLS servers find: only TLS 1.2 and 1.3, and nothing that they would warn of."""
import json
import os
import subprocess
import xml.etree.ElementTree

import pytest

HARMLESS = {"OK", "INFO", "LOW", "DEBUG"}


@pytest.fixture(scope="module")
def daemon(start_daemon):
    # The scanners take their time between two bytes.
    return start_daemon(tls=True, listen={name: "60s" for name in ("handshake_timeout", "header_timeout", "idle_timeout")})


def test_sslscan(daemon, workshop):
    report = workshop / "sslscan.xml"
    subprocess.run(["sslscan", "--no-colour", f"--xml={report}", f"localhost:{daemon.port}"], check=True, capture_output=True, timeout=120)
    test = xml.etree.ElementTree.parse(report).getroot().find("ssltest")
    versions = {f"{protocol.get('type')} {protocol.get('version')}" for protocol in test.findall("protocol") if protocol.get("enabled") == "1"}
    assert versions == {"tls 1.2", "tls 1.3"}
    ciphers = {cipher.get("cipher"): cipher for cipher in test.findall("cipher")}
    for cipher in ciphers.values():
        assert cipher.get("strength") in {"strong", "acceptable"} and int(cipher.get("bits")) >= 128, cipher.attrib
    assert test.find("renegotiation").get("supported") == "0"
    assert not [found.attrib for found in test.findall("heartbleed") if found.get("vulnerable") != "0"]


# What a certificate of an authority that nobody knows is told, and that its days are few.
ABOUT_THE_CERTIFICATE = {"cert_chain_of_trust", "cert_trust", "cert_expirationStatus", "cert_notAfter", "cert_revocation", "DNS_CAArecord"}
# What it could not try with the OpenSSL that it has.
ABOUT_ITSELF = {"engine_problem"}
VERSIONS = {"SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3"}


if "WEBHOOKD_TORTURE" in os.environ:  # it takes two minutes

    def test_testssl(daemon, workshop):
        report = workshop / "testssl.json"
        # Not what it says of HTTP answers: that is for browsers.
        subprocess.run(["testssl", "--quiet", "--color", "0", "--warnings", "batch", "--protocols", "--std", "--server-preference", "--fs",
                        "--server-defaults", "--vulnerable", "--each-cipher", "--jsonfile", str(report), f"localhost:{daemon.port}"],
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=600)
        findings = json.loads(report.read_text())
        severe = [finding for finding in findings if finding["severity"] not in HARMLESS
                  and finding["id"].split(" ")[0] not in ABOUT_THE_CERTIFICATE | ABOUT_ITSELF]
        assert not severe, "\n".join(f"{finding['severity']} {finding['id']}: {finding['finding']}" for finding in severe)
        offered = {finding["id"] for finding in findings if finding["id"] in VERSIONS and finding["finding"].startswith("offered")}
        assert offered == {"TLS1_2", "TLS1_3"}
