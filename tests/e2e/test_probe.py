"""`check --probe` reaches out to the sinks, and sends them nothing."""
import ssl

import pytest

from harness.daemon import free_port


@pytest.fixture
def tls(authority, home):
    folder = home / "destination"
    folder.mkdir()
    authority.issue(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    return context


def test_it_says_who_cannot_be_reached_and_why(make_daemon, make_destination, authority, tls):
    plain, secure = make_destination(), make_destination(tls=tls)
    url = secure.url().replace("127.0.0.1", "localhost")
    daemon = make_daemon(tls=False, sink={
        "plain": {"type": "http", "url": plain.url("/flags/{flag}")},
        "trusted": {"type": "http", "url": url, "ca": authority.certificate},
        "untrusted": {"type": "http", "url": url},
        "nobody": {"type": "http", "url": f"http://127.0.0.1:{free_port()}/"},
        "slack": {"type": "slack", "url": plain.url("/services/x")},
    })
    assert daemon.command("check").returncode == 0  # without --probe nobody is asked
    assert plain.connections == secure.connections == 0
    probed = daemon.command("check", "--probe", check=False)
    assert probed.returncode == 1
    lines = [line for line in probed.stderr.splitlines() if "cannot be reached" in line]
    assert len(lines) == 2
    assert "sink.untrusted" in lines[0] and "is not trusted" in lines[0]
    assert "sink.nobody" in lines[1] and "Connection refused" in lines[1]
    assert plain.requests == secure.requests == []
    assert plain.connections == 2
