"""The systemd units: correct, and locked down."""
import configparser
import re

import pytest

from conftest import ROOT, run

UNITS = ["flagsmith-webhookd.service", "flagsmith-webhookd.socket"]
MOST_EXPOSED = 1.5  # of 10, in the reckoning of systemd-analyze


@pytest.fixture
def units(tmp_path):
    """The units, naming a binary that is there."""
    for name in UNITS:
        text = (ROOT / "config" / name).read_text()
        (tmp_path / name).write_text(text.replace("/usr/bin/flagsmith-webhookd", str(ROOT / "build/flagsmith-webhookd")))
    return tmp_path


def settings(name):
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters="=")
    parser.optionxform = str
    parser.read(ROOT / "config" / name)
    return parser


def test_units_are_correct(units):
    result = run("systemd-analyze", "verify", "--man=no", *(units / name for name in UNITS))
    assert result.returncode == 0 and result.stderr == ""


def test_service_is_locked_down(units):
    result = run("systemd-analyze", "security", "--offline=true", "--no-pager", units / UNITS[0])
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", result.stdout)
    assert score and float(score[1]) <= MOST_EXPOSED, result.stdout


def test_service_tells_when_it_is_ready_and_alive():
    service = settings(UNITS[0])["Service"]
    assert service["Type"] == "notify" and service["WatchdogSec"]


def test_service_checks_before_it_reloads():
    text = (ROOT / "config" / UNITS[0]).read_text()
    first, second = re.findall(r"^ExecReload=(.*)", text, re.MULTILINE)
    assert " check " in first and "HUP" in second


def test_service_does_not_restart_what_cannot_mend_itself():
    assert settings(UNITS[0])["Service"]["RestartPreventExitStatus"].split() == ["2", "78"]
