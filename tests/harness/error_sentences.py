"""Every sentence by which the program fails or warns of a node, out of the C++ sources: host::Error
and what is derived of it, and the findings of `doctor` and `plan`.

A sentence is a pattern: `<file>` stands for what differs. A function that makes an error of its
parameters is looked for at its callers, where the words are.
"""

import re
import subprocess
from dataclasses import dataclass, field

from harness.cpp_text import Callable, Names, Source, Tokens, calls, closing, source_of
from harness.cpp_text import split, system_text, texts_of
from harness.paths import ROOT

FOLDERS = ["distribution", "driverctl", "flatcar", "gpu", "host", "loader", "precompile", "toolkit"]
DEFINITION = {"host/base/error.h", "host/base/error.cpp"}
DEEPEST = 4  # helpers that call helpers
EXIT_CODES = {
    "Failed": 1,
    "Usage": 2,
    "NoPackage": 3,
    "InUse": 4,
    "AlreadyRunning": 5,
    "NotLoadable": 6,
    "NoGpu": 7,
    "Verification": 8,
}


@dataclass(frozen=True, order=True)
class Sentence:
    file: str
    text: str
    remedy: str
    kind: str  # an exit code, "problem", "warning"; empty: another error's
    line: int = field(default=0, compare=False)


@dataclass
class Site:
    """Where one is made; tokens are the source's."""

    file: str
    at: int
    text: Tokens
    remedy: Tokens
    kind: str
    may_be_good: bool = False


def project_sources() -> dict[str, Source]:
    names = subprocess.run(
        ["git", "ls-files", *(f"{folder}/*.{end}" for folder in FOLDERS for end in ("cpp", "h"))],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return {name: source_of((ROOT / name).read_text()) for name in names}


def kind_of(fault: Tokens) -> str:
    words = [token.text for token in fault]
    codes = [EXIT_CODES[words[at + 2]] for at, word in enumerate(words) if word == "Fault"]
    return " or ".join(map(str, dict.fromkeys(codes)))


def error_site(file: str, at: int, arguments: list[Tokens]) -> Site:
    """Error(message), (message, remedy), (fault, message) or (fault, message, remedy)."""
    first = [token.text for token in arguments[0]]
    has_fault = len(arguments) == 3 or "Fault" in first or first[-3:] == ["fault", "(", ")"]
    kind = kind_of(arguments[0]) if has_fault else "1"
    text, *remedy = arguments[1:] if has_fault else arguments
    return Site(file, at, text, remedy[0] if remedy else [], kind)


def transient_site(file: str, at: int, arguments: list[Tokens]) -> Site:
    """One that is tried again: message, remedy, seconds."""
    return error_site(file, at, arguments[:2])


def system_site(file: str, at: int, arguments: list[Tokens]) -> Site:
    remedy = arguments[3] if len(arguments) > 3 else []
    return Site(file, at, system_text(arguments), remedy, "1")


MAKERS = {
    "Error": error_site,
    "TransientError": transient_site,
    "SystemError": system_site,
    "throwErrno": system_site,
    "throwWriteError": system_site,
}


def finding_sites(file: str, source: Source) -> list[Site]:
    """`{severity, topic, text, remedy}`. One that may be good is a warning with a remedy only."""
    found = []
    braces = source.places.get("{", [])
    for opening in {
        max((one for one in braces if one < at), default=0)
        for at in source.places.get("Severity", ())
    }:
        inside = source.tokens[opening + 1 : closing(source.tokens, opening)]
        severity, *rest = split(inside, ",")
        words = {one.text for one in severity}
        if words & {"Problem", "Warning"} and 2 <= len(rest) <= 3:
            kind = "problem" if "Problem" in words else "warning"
            remedy = rest[2] if len(rest) > 2 else []
            found.append(Site(file, opening, rest[1], remedy, kind, "Good" in words))
    return found


def returned_sites(file: str, source: Source) -> list[Site]:
    """`return {fault, text, remedy}` of a function that returns an Error."""
    found = []
    for one in source.callables:
        name = next(at for at in range(one.begin, -1, -1) if source.tokens[at].text == one.name)
        if source.tokens[name - 1].text != "Error":
            continue
        for at in range(one.begin, one.end):
            if [token.text for token in source.tokens[at : at + 2]] == ["return", "{"]:
                inside = source.tokens[at + 2 : closing(source.tokens, at + 1)]
                found.append(error_site(file, at, split(inside, ",")))
    return found


def listed_sites(file: str, source: Source) -> list[Site]:
    """`{number, fault, "text", "remedy"}` of a table."""
    found = []
    for at in source.places.get("Fault", ()):
        opening = max((one for one in source.places["{"] if one < at), default=0)
        parts = split(source.tokens[opening + 1 : closing(source.tokens, opening)], ",")
        if len(parts) == 4 and kind_of(parts[1]) and all(token.is_string for token in parts[2]):
            found.append(Site(file, opening, parts[2], parts[3], kind_of(parts[1])))
    return found


def is_declared(tokens: Tokens, at: int) -> bool:
    """`void fail(…)` and `Error describe(…)` are no calls."""
    before = tokens[at - 1].text if at else ";"
    return (
        before not in {"return", "throw", "else"} and re.match(r"[A-Za-z_>&*]", before) is not None
    )


def sites_in(file: str, source: Source) -> list[Site]:
    found = finding_sites(file, source) + returned_sites(file, source)
    found += listed_sites(file, source)
    for name, site_of in MAKERS.items():
        for at, arguments in calls(source, name):
            is_words_only = source.tokens[closing(source.tokens, at + 1) + 2].text == "what"
            if arguments and not is_declared(source.tokens, at) and not is_words_only:
                found.append(site_of(file, at, arguments))
    return found


def words_in(text: str) -> str:
    """Without what differs."""
    return re.sub(r"<[^>]*>|[^A-Za-z]", "", text)


def constants_in(source: Source) -> Names:
    """`kName = "text"`, in any file's scope."""
    found: Names = {}
    tokens = source.tokens
    for name in source.places:
        for at in source.places[name] if re.match(r"k[A-Z]", name) else ():
            equals = at + 1 + 2 * (tokens[at + 1].text == "[")
            end = equals + 1
            while end < len(tokens) and tokens[end].is_string:
                end += 1
            if tokens[equals].text == "=" and end > equals + 1 and tokens[end].text == ";":
                found[name] = ["".join(one.text for one in tokens[equals + 1 : end])]
    return found


class Sentences:
    """Looks through sources, by name."""

    def __init__(self, sources: dict[str, Source]):
        self.sources = sources
        self._constants = {name: constants_in(source) for name, source in sources.items()}
        shared = [self._constants[name] for name in sources if name.endswith(".h")]
        for own in self._constants.values():
            own |= {name: text for one in shared for name, text in one.items() if name not in own}
        self.sites = [
            site
            for name, source in sources.items()
            if name not in DEFINITION
            for site in sites_in(name, source)
        ]

    def all(self) -> list[Sentence]:
        found = {sentence for site in self.sites for sentence in self.of(site)}
        return sorted(found)

    def of(self, site: Site) -> list[Sentence]:
        found = []
        for texts, remedies in self._expanded(site.file, site.at, [site.text, site.remedy], 0):
            if len(texts) == len(remedies):
                pairs = list(zip(texts, remedies))
            else:
                pairs = [(text, remedy) for text in texts for remedy in remedies]
            found += [
                Sentence(site.file, text, remedy, site.kind)
                for text, remedy in pairs
                if words_in(text + remedy) and not (site.may_be_good and not remedy)
            ]
        return found

    def _expanded(
        self, file: str, at: int, expressions: list[Tokens], depth: int
    ) -> list[list[list[str]]]:
        """The alternatives of each expression, once for each way to get there."""
        source = self.sources[file]
        names = self._constants[file] | self._locals(file, at, expressions)
        words = {token.text for one in expressions for token in one if not token.is_string}
        words |= {word for name in words for word in self._behind.get((file, at, name), ())}
        plain = [[texts_of(one, names) for one in expressions]]
        for helper in source.around(at):
            used = [name for name in helper.parameters if name in words]
            if not used or depth == DEEPEST:
                continue
            found = []
            for caller, place, arguments in self._calls_of(file, helper):
                given = [arguments[helper.parameters.index(name)] for name in used]
                for values in self._expanded(caller, place, given, depth + 1):
                    known = self._constants[file] | dict(zip(used, values))
                    known |= self._locals(file, at, expressions, known)
                    found.append([texts_of(one, known) for one in expressions])
            told = [one for one in found if words_in(str(one)) != words_in(str(plain[0]))]
            return told + (plain if len(told) < len(found) or not found else [])
        return plain

    _behind: dict[tuple[str, int, str], set[str]] = {}

    def _locals(
        self, file: str, at: int, expressions: list[Tokens], known: Names | None = None
    ) -> Names:
        """Variables of the function that the expressions name, where they say something."""
        tokens = self.sources[file].tokens
        around = self.sources[file].around(at)
        begin = around[-1].begin if around else at
        found: Names = {}
        for word in {token.text for one in expressions for token in one if not token.is_string}:
            places = self.sources[file].places.get(word, [])
            for place in [one for one in reversed(places) if begin < one < at]:
                if tokens[place + 1].text == "=":
                    value = split(tokens[place + 2 : at], ";")[0]
                    texts = texts_of(value, (known or {}) | self._constants[file])
                    if any(map(words_in, texts)):
                        found[word] = texts
                        self._behind[file, at, word] = {
                            token.text for token in value if not token.is_string
                        }
                    break
        return found

    def _calls_of(self, file: str, helper: Callable) -> list[tuple[str, int, list[Tokens]]]:
        named = [
            name
            for name, source in self.sources.items()
            for one in source.callables
            if one.name == helper.name
        ]
        places = list(self.sources) if named == [file] else [file]
        found = []
        for name in places:
            tokens = self.sources[name].tokens
            for at, arguments in calls(self.sources[name], helper.name):
                if is_declared(tokens, at) or len(arguments) != len(helper.parameters):
                    continue
                if tokens[at + 1].text == "(":
                    found.append((name, at, arguments))
        return found


def project_sentences() -> Sentences:
    return Sentences(project_sources())
