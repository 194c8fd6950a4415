"""NATS and PostgreSQL over TLS: their certificates are verified, and ours where they ask for one. (Redis: tests/integration; the mock of Kafka speaks no TLS.)"""
import shutil
import ssl

import pytest

from harness import flagsmith
from harness.authority import Authority
from harness.daemon import Daemon
from harness.servers import PASSWORD, Nats, Postgres, secret
from harness.waiting import eventually


class NatsWithTls(Nats):
    """Asks its clients for a certificate."""

    def __init__(self, folder, authority):
        super().__init__(folder)
        self.authority = authority
        authority.issue(folder)

    def command(self):
        command = super().command()
        with (self.folder / "nats.conf").open("a") as out:
            out.write(f'tls {{ cert_file: "{self.folder}/tls.crt", key_file: "{self.folder}/tls.key", ca_file: "{self.authority.certificate}", verify: true }}\n')
        return command

    def _client(self):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        context.load_cert_chain(self.folder / "tls.crt", self.folder / "tls.key")
        return super()._client(context)

    def settings(self, home, trusted, presented="tls"):
        return {"type": "nats", "servers": [secret(home, "nats", f"tls://webhookd:{PASSWORD}@localhost:{self.port}")],
                "tls": {"ca": str(trusted), "certificate": f"{presented}.crt", "key": f"{presented}.key"}}


class PostgresWithTls(Postgres):
    def __init__(self, folder, authority):
        super().__init__(folder)
        authority.issue(self.data.parent)
        (self.data.parent / "tls.key").chmod(0o600)
        if self.prefix:
            shutil.chown(self.data.parent / "tls.key", "postgres")

    def command(self):
        return [*super().command(), "-c", "ssl=on", "-c", f"ssl_cert_file={self.data.parent}/tls.crt", "-c", f"ssl_key_file={self.data.parent}/tls.key"]

    def settings(self, home, trusted):
        return {"type": "postgres", "url": secret(home, "postgres", f"postgresql://webhookd:{PASSWORD}@localhost:{self.port}/postgres"
                                                                    f"?sslmode=verify-full&sslrootcert={trusted}")}


@pytest.fixture
def authorities(authority, home):
    """The one that is trusted, and one that nobody knows."""
    (home / "stranger").mkdir()
    return authority, Authority(home / "stranger")


@pytest.fixture(params=[NatsWithTls, PostgresWithTls], ids=["nats", "postgres"])
def server(request, authorities, tmp_path):
    made = request.param(tmp_path / "server", authorities[0])
    made.start()
    yield made
    made.close()


def probe(daemon):
    tried = daemon.command("check", "--probe", check=False)
    return tried.returncode, tried.stderr


def test_events_arrive_and_a_stranger_is_not_believed(home, server, authorities):
    daemon = Daemon(home, authorities[0])
    known, stranger = (authority.certificate for authority in authorities)
    daemon.change(sink={"away": server.settings(home, stranger) | {"retry": {"first": "50ms", "max": "100ms"}}})
    status, said = probe(daemon)
    assert status == 1 and "sink.away: cannot be reached" in said and ("certificate verify failed" in said or "local issuer certificate" in said), said
    daemon.start()
    try:
        id = daemon.post(flagsmith.flag_updated()).json()["id"]
        eventually(lambda: daemon.metrics()['flagsmith_webhookd_sink_failures_total{sink="away"}'] > 1, 10, "attempts in vain")
        assert server.ids() == [] if isinstance(server, Nats) else server.query("SELECT to_regclass('flagsmith_events') IS NULL") == ["t"]

        daemon.change(sink={"away": server.settings(home, known)})
        assert daemon.stop() == 0
        daemon.start()
        eventually(lambda: server.ids() == [id], 10, "delivery")
        assert probe(daemon)[0] == 0
    finally:
        daemon.kill()


def test_nats_refuses_a_client_whose_certificate_it_does_not_know(home, authorities, tmp_path):
    server = NatsWithTls(tmp_path / "server", authorities[0]).start()
    try:
        daemon = Daemon(home, authorities[0])
        authorities[1].issue(home / "stranger")
        daemon.change(sink={"away": server.settings(home, authorities[0].certificate, "stranger/tls")})
        status, said = probe(daemon)
        assert status == 1 and "sink.away: cannot be reached (connecting to NATS: " in said, said  # TLS 1.3 lets a server refuse after the handshake
    finally:
        server.close()
