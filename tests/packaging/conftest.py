import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, **options)


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The tree that `cmake --install --prefix /usr` makes."""
    target = tmp_path_factory.mktemp("root")
    result = run("cmake", "--install", ROOT / "build", "--prefix", "/usr", env={"DESTDIR": str(target), "PATH": "/usr/bin:/bin"})
    assert result.returncode == 0, result.stdout + result.stderr
    return target
