"""As much understanding of C++ text as the rules need: what is code, and where lambdas are."""
import re
from typing import Iterator, NamedTuple

_NOT_CODE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F_])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
# After these words a [ begins a lambda; after any other name it is a subscript, a declarator or a structured binding.
_BEFORE_LAMBDA = {"return", "co_return", "co_await", "co_yield", "case", "else"}


class Lambda(NamedTuple):
    start: int  # of its [
    captures: str
    signature: str  # between ] and {
    body: str


def blank(text: str) -> str:
    """The text with comments and literals blanked out; positions and lines stay what they were."""
    return _NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def matching(code: str, opening: int) -> int:
    """Where the bracket at `opening` is closed; the end of the text if it never is."""
    depth, pair = 0, {code[opening], _CLOSING[code[opening]]}
    for position in range(opening, len(code)):
        if code[position] in pair:
            depth += 1 if code[position] == code[opening] else -1
            if depth == 0:
                return position
    return len(code)


def lambdas(code: str) -> Iterator[Lambda]:
    """Every lambda in blanked code, also those inside others."""
    for match in re.finditer(r"\[", code):
        start = match.start()
        before = code[:start].rstrip()
        if code[start + 1:start + 2] == "[" or before.endswith("["):
            continue  # an attribute
        word = re.search(r"(\w+)$", before)
        if (word and word[1] not in _BEFORE_LAMBDA) or before.endswith((")", "]", "&&=")):
            continue
        end = matching(code, start)
        rest = re.match(r"\s*(?:<[^{;]*?>\s*)?(?=[({]|mutable\b|noexcept\b|->)", code[end + 1:])
        if not rest:
            continue
        at = end + 1 + rest.end()
        if code[at:at + 1] == "(":
            at = matching(code, at) + 1
        brace = code.find("{", at)
        stop = code.find(";", at)
        if brace < 0 or (0 <= stop < brace):
            continue
        yield Lambda(start, code[start + 1:end].strip(), code[end + 1:brace], code[brace + 1:matching(code, brace)])


def without_lambdas(code: str) -> str:
    """Blanked code with the bodies of all lambdas in it blanked too."""
    for found in list(lambdas(code)):
        if found.body.strip():
            code = code.replace(found.body, re.sub(r"[^\n]", " ", found.body))
    return code
