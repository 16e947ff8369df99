"""C++ as far as the texts in it are concerned: tokens, calls, and what an expression would say, as
a pattern. No compiler: it knows the project's own style, and gives up on nothing but says `<name>`
for what it cannot know."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/|^[ \t]*\#(?:[^\n\\]|\\.)*)
    |(?P<raw>R"\((?P<rawtext>.*?)\)")
    |(?P<string>"(?:[^"\\]|\\.)*")(?:sv?\b)?
    |(?P<char>'(?:[^'\\]|\\.)+')
    |(?P<word>[A-Za-z_]\w*|\d[\w.']*)
    |(?P<sign>::|->|.)""",
    re.S | re.M | re.X,
)
OPENING, CLOSING = "([{", ")]}"
CONTROL = {"if", "for", "while", "switch", "catch", "return"}
ESCAPES = {"n": "\n", "t": "\t", "0": "\0"}
MOST_ALTERNATIVES = 8
# In `host::join(file.string())` the thing is the file.
HELPING = {"string", "c_str", "fmt", "std", "host", "join", "move", "get", "data", "str", "value"}
HELPING |= {"front", "filesystem", "native", "generic_string", "at", "printable", "describe"}
HELPING |= {
    "kGiB",
    "static_cast",
    "double",
    "value_or",
    "get_name",
    "size",
    "message",
    "toString",
    "name_of",
}


@dataclass(frozen=True)
class Token:
    text: str
    is_string: bool = False


Tokens = list[Token]


def unescaped(literal: str) -> str:
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), literal)


def tokens_of(source: str) -> Tokens:
    found = []
    for match in TOKEN.finditer(source):
        if match["raw"]:
            found.append(Token(match["rawtext"], True))
        elif match["string"]:
            found.append(Token(unescaped(match["string"][1:-1]), True))
        elif not match["skip"]:
            found.append(Token(match[0]))
    return found


def closing(tokens: Tokens, opening: int) -> int:
    """Where the bracket at `opening` is closed."""
    depth = 0
    for at in range(opening, len(tokens)):
        if not tokens[at].is_string:
            depth += (tokens[at].text in OPENING) - (tokens[at].text in CLOSING)
        if depth == 0:
            return at
    return len(tokens) - 1


def split(tokens: Tokens, *signs: str) -> list[Tokens]:
    """At the signs that are in no bracket."""
    parts: list[Tokens] = [[]]
    depth = 0
    for token in tokens:
        if not token.is_string:
            depth += (token.text in OPENING) - (token.text in CLOSING)
            if depth == 0 and token.text in signs:
                parts.append([])
                continue
        parts[-1].append(token)
    return parts


@dataclass
class Callable:
    """A function or a lambda that has a name."""

    name: str
    parameters: list[str]
    begin: int
    end: int


@dataclass
class Source:
    tokens: Tokens
    callables: list[Callable] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=dict)  # of each word

    def around(self, at: int) -> list[Callable]:
        """The innermost first."""
        return [one for one in reversed(self.callables) if one.begin < at < one.end]


def parameters_in(tokens: Tokens) -> list[str]:
    names = []
    for part in split(tokens, ","):
        words = [token.text for token in split(part, "=")[0] if re.match(r"[A-Za-z_]", token.text)]
        names.append(words[-1] if words else "")
    return names


def header_before(tokens: Tokens, brace: int) -> int:
    """Where the statement begins that the brace belongs to."""
    depth = 0
    for at in range(brace - 1, -1, -1):
        text = "" if tokens[at].is_string else tokens[at].text
        depth += (text in (")", "]")) - (text in ("(", "["))
        if depth < 0 or (depth == 0 and text in (";", "{", "}")):
            return at + 1
    return 0


def callable_at(tokens: Tokens, brace: int) -> Callable | None:
    begin = header_before(tokens, brace)
    header = tokens[begin:brace]
    texts = [token.text for token in header]
    end = closing(tokens, brace)
    if "=" in texts and texts[texts.index("=") + 1 : texts.index("=") + 2] == ["["]:
        name, rest = texts[texts.index("=") - 1], header[texts.index("=") + 1 :]
        after = closing(rest, 0) + 1
        inside = rest[after + 1 : closing(rest, after)] if after < len(rest) else []
        return Callable(name, parameters_in(inside), brace, end)
    if "(" not in texts or texts[0] in {"namespace", "class", "struct", "enum", "="}:
        return None
    first = texts.index("(")
    name = texts[first - 1] if first else ""
    if name in CONTROL or not re.match(r"[A-Za-z_]", name) or "=" in texts[:first]:
        return None
    return Callable(name, parameters_in(header[first + 1 : closing(header, first)]), brace, end)


def source_of(text: str) -> Source:
    tokens = tokens_of(text)
    source = Source(tokens)
    for at, token in enumerate(tokens):
        if not token.is_string:
            source.places.setdefault(token.text, []).append(at)
    for at in source.places.get("{", ()):
        if found := callable_at(tokens, at):
            source.callables.append(found)
    return source


def calls(source: Source, name: str) -> Iterator[tuple[int, list[Tokens]]]:
    """Where it is called, with its arguments."""
    tokens = source.tokens
    for at in source.places.get(name, ()):
        if tokens[at + 1].text in ("(", "{"):
            inside = tokens[at + 2 : closing(tokens, at + 1)]
            yield at, split(inside, ",") if inside else []


def placeholder(tokens: Tokens) -> str:
    texts = [token.text for token in tokens if not token.is_string]
    if texts[-4:] == [".", "what", "(", ")"]:
        return "<cause>"
    words = [text for text in texts if re.match(r"[A-Za-z]", text) and text not in HELPING]
    word = words[-1] if words else "…"
    word = re.sub(r"^k(?=[A-Z])|_$", "", word)
    return f"<{re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', word).lower()}>"


Names = dict[str, list[str]]  # what is known of names: alternatives


def filled(pattern: str, values: tuple[str, ...]) -> str:
    rest = iter(values)

    def put(place: re.Match[str]) -> str:
        if place[0] in ("{{", "}}"):
            return place[0][0]
        number = place[1].partition(":")[0]
        return values[int(number)] if number else next(rest, "<…>")

    return re.sub(r"\{\{|\}\}|\{([^{}]*)\}", put, pattern)


def formatted(pattern: str, arguments: list[list[str]]) -> list[str]:
    """What fmt::format() makes of each combination."""
    return [filled(pattern, values) for values in product(*arguments)]


def joined(parts: list[list[str]]) -> list[str]:
    return ["".join(texts) for texts in product(*parts)][:MOST_ALTERNATIVES]


def texts_of(tokens: Tokens, names: Names) -> list[str]:
    """What the expression may be, as patterns."""
    while tokens and tokens[0].text == "(" and closing(tokens, 0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    if not tokens:
        return [""]
    choice = split(tokens, "?")
    if len(choice) > 1:
        rest = tokens[len(choice[0]) + 1 :]
        first, second = (lambda parts: (parts[0], rest[len(parts[0]) + 1 :]))(split(rest, ":"))
        return (texts_of(first, names) + texts_of(second, names))[:MOST_ALTERNATIVES]
    terms = split(tokens, "+")
    if len(terms) > 1:
        return joined([texts_of(term, names) for term in terms])
    return texts_of_term(tokens, names)


def system_text(arguments: list[Tokens]) -> Tokens:
    """Of SystemError(operation, object, …): "cannot <operation> <object>: …", as an expression."""
    plus = Token("+")
    operation, thing = ([Token("("), *argument, Token(")")] for argument in arguments[:2])
    text = [Token("cannot ", True), plus, *operation, plus, Token(" ", True), plus, *thing]
    return [*text, plus, Token(": <what the system says>", True)]


def texts_of_term(tokens: Tokens, names: Names) -> list[str]:
    if all(token.is_string for token in tokens):
        return ["".join(token.text for token in tokens)]
    words = [token.text for token in tokens]
    if len(words) == 1 and words[0] in names:
        return names[words[0]]
    if "SystemError" in words[:3] and words[-4:] == [".", "what", "(", ")"]:
        inside = tokens[words.index("SystemError") + 2 : -5]
        return texts_of(system_text(split(inside, ",")), names)
    for wrapper in (["std", "::", "string"], ["std", "::", "move"], ["host", "::", "tell"]):
        size = len(wrapper)
        if words[:size] == wrapper and words[size] in OPENING:
            if closing(tokens, size) == len(tokens) - 1:
                return texts_of(split(tokens[size + 1 : -1], ",")[0], names)
    if words[:4] == ["fmt", "::", "format", "("] and closing(tokens, 3) == len(tokens) - 1:
        pattern, *arguments = split(tokens[4:-1], ",")
        values = [texts_of(argument, names) for argument in arguments if argument]
        return [text for one in texts_of(pattern, names) for text in formatted(one, values)][
            :MOST_ALTERNATIVES
        ]
    return [placeholder(tokens)]
