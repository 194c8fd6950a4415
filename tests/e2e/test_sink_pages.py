"""The examples of docs/sinks are configurations that the program takes."""
import re

import pytest

from harness import pages

PAGES = sorted(path.stem for path in (pages.DOCS / "sinks").glob("*.md") if path.stem != "README")


@pytest.mark.parametrize("page", PAGES)
def test_each_example_of_the_page_is_good_configuration(make_daemon, home, page):
    examples = pages.examples(f"sinks/{page}.md")
    assert examples and f'type = "{page}"' in examples[0]
    for example in examples:
        daemon = make_daemon(tls=False)
        daemon.config.write_text(daemon.config.read_text() + "\n" + example)
        pages.make_named_files(example, home)
        checked = daemon.command("check", check=False)
        assert checked.returncode == 0 and not checked.stderr, f"{example}\n{checked.stderr}"


def test_every_built_in_sink_has_its_page(make_daemon):
    built_in = {sink["type"] for sink in make_daemon(tls=False).json("version")["sinks"]}
    assert built_in <= set(PAGES)
    overview = (pages.DOCS / "sinks" / "README.md").read_text()
    assert all(f"({name}.md)" in overview for name in PAGES)


def test_the_code_of_the_page_on_writing_a_sink_is_the_code_that_is_tested():
    example = pages.DOCS.parent / "tests" / "integration" / "example" / "sinks" / "udp"
    blocks = re.findall(r"^```cpp\n(.*?)^```", (pages.DOCS / "writing-a-sink.md").read_text(), re.MULTILINE | re.DOTALL)
    assert blocks == [(example / name).read_text() for name in ("settings.hpp", "udp_sink.hpp", "udp_sink.cpp")]
