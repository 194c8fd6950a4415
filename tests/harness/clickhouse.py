"""A real ClickHouse with one user, on ports of its own."""
import os
import subprocess

import requests

from harness.daemon import free_port
from harness.waiting import eventually


class ClickHouse:
    def __init__(self, folder, user, password):
        folder.mkdir()
        self.folder, self.port, self.process = folder, free_port(), None
        (folder / "config.xml").write_text(f"""<yandex>
  <logger><level>warning</level><log>{folder}/server.log</log><errorlog>{folder}/errors.log</errorlog></logger>
  <http_port>{self.port}</http_port><tcp_port>{free_port()}</tcp_port><listen_host>127.0.0.1</listen_host>
  <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path><mark_cache_size>5368709</mark_cache_size>
  <users_config>users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
</yandex>""")
        account = "<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>"
        (folder / "users.xml").write_text(f"""<yandex>
  <profiles><default></default></profiles><quotas><default></default></quotas>
  <users><default><password></password>{account}</default><{user}><password>{password}</password>{account}</{user}></users>
</yandex>""")

    def start(self):
        with (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(["clickhouse-server", f"--config-file={self.folder}/config.xml"], cwd=self.folder, stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=out, env=dict(os.environ, TZ="UTC"))
        eventually(self._answers, 20, "ClickHouse's start")
        return self

    def _answers(self):
        assert self.process.poll() is None, (self.folder / "out").read_text()
        try:
            return self.query("SELECT 1") == "1\n"
        except requests.ConnectionError:
            return False

    def query(self, text):
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(f"http://127.0.0.1:{self.port}/", data=text, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.text

    def kill(self):
        """It takes seconds to say good-bye to connections that are kept; what it has answered is in its files."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
