#!/usr/bin/env python3
"""The rules of this project that no compiler knows. Prints every violation as FILE:LINE: what is wrong."""
import os
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, NamedTuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import coroutines
import hygiene
import include_directions

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE = r"^(?:include|src|tests)/.*\.[ch]pp$"
OURS = r"^(?:include|src)/.*\.[ch]pp$"
NOT_OURS = {".git", "node_modules", "__pycache__", ".pytest_cache", ".flagsmith-webhookd", ".cache"}


class Rule(NamedTuple):
    name: str
    files: str  # a pattern for the paths it looks at
    check: Callable  # (path, text) -> (line, message)…


RULES = [
    Rule("includes go down", OURS, include_directions.check),
    Rule("no capturing coroutine", CODE, coroutines.capturing_coroutine),
    Rule("no lambda in co_await", CODE, coroutines.lambda_in_co_await),
    Rule("no co_await in a condition", CODE, coroutines.condition),
    Rule("no detached coroutine", OURS, coroutines.detached),
    Rule("headers are included once", r"^(?:include|src|tests)/(?!.*precompiled).*\.hpp$", hygiene.pragma_once),
    Rule("one idea a file", OURS, hygiene.length),
    Rule("no path of one machine", r"^(?!tests/lint/)", hygiene.machine_path),
    Rule("nothing unfinished", r"^(?!tests/lint/)(?!tests/data/)", hygiene.unfinished),
    Rule("no test that can skip", r"^tests/(?!lint/)", hygiene.skipped),
    Rule("no trailing space", r"\.(?:[ch]pp|py|txt|cmake|toml|service|socket|lua|go|js|mjs)$|^dev$|^tests/.*/run$", hygiene.trailing_space),
]


def files():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS and not (pathlib.Path(folder) == ROOT and name.startswith("build")))
        for name in sorted(set(names) - NOT_OURS):
            yield os.path.relpath(os.path.join(folder, name), ROOT)


def text_of(path):
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:  # data of a test
        return None


def badly_formatted(paths):
    """clang-format's own words for what it would change."""
    sources = [path for path in paths if re.search(CODE, path)]
    chunks = [sources[start::4] for start in range(4) if sources[start::4]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(lambda chunk: subprocess.run(["clang-format-14", "--dry-run", "-Werror", *chunk], cwd=ROOT, capture_output=True, text=True), chunks):
            for line in result.stderr.splitlines():
                if "error:" in line:
                    yield re.sub(r"error: code should be clang-formatted.*", "not formatted: ./dev fmt", line)
            if result.returncode and "error:" not in result.stderr:
                yield f"clang-format-14: {result.stderr.strip()}"


def bad_scripts(paths, texts):
    """Shell and Python files that do not even parse."""
    for path in paths:
        text = texts[path] or ""
        if re.match(r"#!.*\b(?:bash|sh)\b", text):
            result = subprocess.run(["bash", "-n", path], cwd=ROOT, capture_output=True, text=True)
            if result.returncode:
                yield result.stderr.strip()
        elif path.endswith(".py") or re.match(r"#!.*\bpython3\b", text):
            try:
                compile(text, path, "exec")
            except SyntaxError as error:
                yield f"{path}:{error.lineno}: {error.msg}"


def main():
    paths = list(files())
    texts = {path: text_of(path) for path in paths}
    results = {rule.name: [f"{path}:{line}: {message}" for path in paths if texts[path] is not None and re.search(rule.files, path)
                           for line, message in rule.check(path, texts[path])] for rule in RULES}
    results["formatted"] = list(badly_formatted(paths))
    results["scripts parse"] = list(bad_scripts(paths, texts))
    for name, violations in results.items():
        for violation in violations:
            print(f"{violation} [{name}]")
    failed = sum(1 for violations in results.values() if violations)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
