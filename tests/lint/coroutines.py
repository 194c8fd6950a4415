"""Shapes of coroutines that g++ 12 miscompiles, or that nobody can stop."""
import re

from cpp_text import blank, lambdas, line_of, matching, without_lambdas

_RETURNS_TASK = re.compile(r"->\s*(?:\w+::)*(?:Task|awaitable)\b")
_IS_COROUTINE = re.compile(r"\bco_(?:await|return|yield)\b")


def capturing_coroutine(path, text):
    """The captures belong to the lambda object, which is gone while the coroutine still runs."""
    for found in lambdas(blank(text)):
        coroutine = _RETURNS_TASK.search(found.signature) or _IS_COROUTINE.search(without_lambdas(found.body))
        if found.captures and coroutine:
            yield line_of(text, found.start), "a lambda with captures must not be a coroutine: name the function, pass arguments by value"


def lambda_in_co_await(path, text):
    """g++ 12 destroys what such a lambda captured twice."""
    code = blank(text)
    for match in re.finditer(r"\bco_await\b", code):
        depth, end = 0, match.end()
        while end < len(code):
            character = code[end]
            if character in "([{":
                depth += 1
            elif character in ")]}":
                depth -= 1
            if depth < 0 or (depth == 0 and character == ";"):
                break
            end += 1
        for found in lambdas(code[match.start():end]):
            yield line_of(text, match.start() + found.start), "no lambda inside a co_await expression: name it in a statement before"


def condition(path, text):
    """g++ 12 puts the result before the coroutine's own header in its frame, where nothing else was declared before: the
    coroutine is resumed at an address that is none. An initialiser (`if (auto x = co_await …; x)`) is safe."""
    code = blank(text)
    for match in re.finditer(r"\b(?:if|while|switch)\s*(?:constexpr\s*)?\(", code):
        inside = code[match.end():matching(code, match.end() - 1)]
        last = inside.rpartition(";")[2]
        if re.search(r"\bco_await\b", last):
            yield line_of(text, match.start()), "no co_await in a condition: name its result in a statement before"


def detached(path, text):
    """A coroutine that nobody owns can be neither stopped nor waited for."""
    for match in re.finditer(r"\b(?:asio|net)::detached\b", blank(text)):
        yield line_of(text, match.start()), "no detached coroutine: spawn it in a task group"
