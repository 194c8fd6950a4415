"""Small things that should not stand in the tree."""
import re

LONGEST_FILE = 450  # lines; one idea a file


def pragma_once(path, text):
    if not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield 1, "a header begins with #pragma once"


def length(path, text):
    lines = text.count("\n")
    if lines > LONGEST_FILE:
        yield lines, f"{lines} lines: more than one idea"


def _lines_with(pattern, message):
    compiled = re.compile(pattern)

    def check(path, text):
        for number, line in enumerate(text.splitlines(), 1):
            if compiled.search(line):
                yield number, message

    return check


machine_path = _lines_with(r"(?:^|[^\w.])/(?:work|home|farm)/", "a path of one machine")
unfinished = _lines_with(r"\b(?:TODO|FIXME|XXX|HACK)\b", "unfinished work: finish it, or say so where users read it")
skipped = _lines_with(r"GTEST_SKIP|pytest\.(?:skip|mark\.skip|mark\.xfail)|\bDISABLED_", "a test that can skip proves nothing")
trailing_space = _lines_with(r"[ \t]+$", "space at the end of the line")
