"""The first command of the README."""
import os
import signal
import socket
import subprocess

import pytest

from harness.daemon import ROOT, free_port
from harness.waiting import eventually


@pytest.fixture
def dev_run(home):
    """Runs `./dev run` as a shell would: in a process group of its own, which gets Ctrl-C as a whole."""
    port, out = free_port(), home / "terminal"
    with out.open("wb") as terminal:
        process = subprocess.Popen([ROOT / "dev", "run", "--port", str(port)], cwd=home, start_new_session=True, stdin=subprocess.DEVNULL,
                                   stdout=terminal, stderr=subprocess.STDOUT)
    process.port, process.terminal = port, out
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def test_shows_a_signed_sample_and_ends_on_ctrl_c(dev_run):
    def shown():
        assert dev_run.poll() is None, dev_run.terminal.read_text()
        text = dev_run.terminal.read_text()
        return text if "flag.updated" in text else None

    text = eventually(shown, 120, "the first event")
    assert "/environment-webhook" in text and " send " in text
    os.killpg(dev_run.pid, signal.SIGINT)
    assert dev_run.wait(15) == 0, dev_run.terminal.read_text()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", dev_run.port), 1)
