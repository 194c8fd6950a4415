"""What `cmake --install` puts where, and what the linker made of the binary."""
import re

import pytest

from conftest import ROOT, run

BINARY = "usr/bin/flagsmith-webhookd"


@pytest.mark.parametrize("file", [
    BINARY,
    "usr/lib/systemd/system/flagsmith-webhookd.service",
    "usr/lib/systemd/system/flagsmith-webhookd.socket",
    "usr/share/man/man1/flagsmith-webhookd.1",
    "usr/share/doc/flagsmith-webhookd/LICENSE",
    "usr/share/doc/flagsmith-webhookd/README.md",
    "usr/share/doc/flagsmith-webhookd/examples/config.toml",
])
def test_installs(installed, file):
    assert (installed / file).stat().st_size > 0


def test_installs_nothing_of_the_build(installed):
    files = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    assert not [file for file in files if file.endswith((".a", ".hpp", ".cmake")) or not file.startswith(("usr/bin/", "usr/share/", "usr/lib/systemd/"))]


def test_units_name_the_binary_where_it_was_installed(tmp_path):
    result = run("cmake", "--install", ROOT / "build", "--prefix", tmp_path / "elsewhere")
    assert result.returncode == 0, result.stderr
    unit = (tmp_path / "elsewhere/lib/systemd/system/flagsmith-webhookd.service").read_text()
    assert f"ExecStart={tmp_path}/elsewhere/bin/flagsmith-webhookd serve" in unit
    assert "/usr/bin/flagsmith-webhookd" not in unit


def test_installed_binary_runs(installed):
    result = run(installed / BINARY, "version")
    assert result.returncode == 0 and result.stdout.startswith("flagsmith-webhookd ")


def test_man_page_has_no_errors(installed):
    page = (installed / "usr/share/man/man1/flagsmith-webhookd.1").read_text()
    unknown = [line for line in page.splitlines() if line.startswith(".") and not re.match(r"\.(TH|SH|SS|TP|PP|B|I|BR|BI|RB|RI|IR)\b", line)]
    assert not unknown


class TestHardening:
    @pytest.fixture(scope="class")
    def elf(self, installed):
        return run("readelf", "--wide", "--file-header", "--program-headers", "--dynamic", "--dyn-syms", installed / BINARY).stdout

    def test_position_independent(self, elf):
        assert re.search(r"Type:\s+DYN \(Position-Independent Executable file\)", elf)

    def test_relocations_are_read_only_after_start(self, elf):
        assert "GNU_RELRO" in elf and re.search(r"FLAGS.*BIND_NOW|FLAGS_1.*NOW", elf)

    def test_stack_is_not_executable(self, elf):
        assert re.search(r"GNU_STACK.* RW +0x", elf)

    def test_no_segment_is_writable_and_executable(self, elf):
        assert not re.search(r"^\s+LOAD.* RWE ", elf, re.MULTILINE)

    def test_stack_protector_is_in(self, elf):
        assert "__stack_chk_fail" in elf

    def test_fortified_functions_are_in(self, elf):
        assert re.search(r"__\w+_chk@", elf.replace("__stack_chk_fail@", ""))

    def test_no_search_path_for_libraries(self, elf):
        assert not re.search(r"R(UN)?PATH", elf)
