"""The picture on the front page: boxes in columns, frames around columns, arrows between
neighbours; of a text (docs/overview.txt), as an SVG that fits light and dark pages."""

from dataclasses import dataclass, field
from html import escape

from harness.paths import ROOT

TEXT, PICTURE = ROOT / "docs/overview.txt", ROOT / "docs/overview.svg"
BOX, GAP, MARGIN = 164, 36, 16  # widths
LINE, ROW = 17, 86  # heights: of a line, of a row of boxes
ROWS_GAP, TOP = 20, 48  # between rows; of the frames' texts
CSS = """\
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
       text-anchor: middle; fill: #1f2328; }
.title { font-weight: 600; font-size: 14px; }
.frame { fill: none; stroke: #7d8590; stroke-dasharray: 4 4; }
.frame-text { fill: #7d8590; }
.box { fill: #eef6e6; stroke: #5a8f00; stroke-width: 1.5; }
.arrow { fill: none; stroke: #7d8590; stroke-width: 2; }
.tip { fill: #7d8590; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .box { fill: #1d2b10; stroke: #76b900; }
}"""


@dataclass
class Diagram:
    title: str = ""
    frames: list[tuple[int, int, str]] = field(default_factory=list)
    boxes: dict[str, list[str]] = field(default_factory=dict)  # place -> title and lines
    arrows: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    x: int
    y: int
    height: int

    @property
    def middle(self) -> int:
        return self.y + self.height // 2


def read(text: str) -> Diagram:
    """Raises ValueError for a line that it does not know."""
    found = Diagram()
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "title":
            found.title = rest
        elif word == "frame":
            first, last, said = rest.split(maxsplit=2)
            found.frames.append((int(first), int(last), said))
        elif word == "box":
            place, said = rest.split(maxsplit=1)
            found.boxes[place] = [part.strip() for part in said.split("|")]
        elif word == "arrow":
            begin, end = rest.split()
            found.arrows.append((begin, end))
        elif line and word != "#":
            raise ValueError(f"'{line}' is no line of a diagram")
    if unknown := {end for arrow in found.arrows for end in arrow} - set(found.boxes):
        raise ValueError(f"an arrow leads to no box: {', '.join(sorted(unknown))}")
    return found


def place_of(box: str, rows: int) -> Place:
    column, _, row = box.partition(".")
    x = MARGIN + int(column) * (BOX + GAP)
    whole = rows * ROW + (rows - 1) * ROWS_GAP
    if row:
        return Place(x, TOP + int(row) * (ROW + ROWS_GAP), ROW)
    height = ROW + LINE
    return Place(x, TOP + (whole - height) // 2, height)


def element(name: str, text: str = "", **attributes: object) -> str:
    words = [name, *(f'{key.rstrip("_")}="{value}"' for key, value in attributes.items())]
    end = f">{escape(text, quote=False)}</{name}>" if text else "/>"
    return f"<{' '.join(words)}{end}"


def box_of(place: Place, lines: list[str]) -> list[str]:
    first = place.middle - (len(lines) - 1) * LINE // 2 + 5  # 5: half a letter
    found = [
        element("rect", class_="box", x=place.x, y=place.y, width=BOX, height=place.height, rx=8)
    ]
    for number, line in enumerate(lines):
        kind = {"class_": "title"} if number == 0 else {}
        x, y = place.x + BOX // 2, first + number * LINE
        found.append(element("text", line, **kind, x=x, y=y))
    return found


def arrow_of(begin: Place, end: Place) -> list[str]:
    x1, x2 = begin.x + BOX + 3, end.x - 4
    bend = (x1 + x2) // 2
    path = f"M{x1} {begin.middle}C{bend} {begin.middle} {bend} {end.middle} {x2 - 6} {end.middle}"
    tip = f"M{x2 - 8} {end.middle - 5}L{x2} {end.middle}L{x2 - 8} {end.middle + 5}z"
    return [element("path", class_="arrow", d=path), element("path", class_="tip", d=tip)]


def picture(diagram: Diagram) -> str:
    rows = 1 + max(int(box.partition(".")[2] or 0) for box in diagram.boxes)
    columns = 1 + max(int(box.partition(".")[0]) for box in diagram.boxes)
    places = {box: place_of(box, rows) for box in diagram.boxes}
    width = 2 * MARGIN + columns * BOX + (columns - 1) * GAP
    height = TOP + rows * ROW + (rows - 1) * ROWS_GAP + MARGIN
    found = [element("title", diagram.title), f"<style>\n{CSS}\n</style>"]
    for first, last, text in diagram.frames:
        x = MARGIN + first * (BOX + GAP) - 11
        size = (last - first + 1) * (BOX + GAP) - GAP + 22
        found += [
            element("rect", class_="frame", x=x, y=5, width=size, height=height - 10, rx=10),
            element("text", text, class_="frame-text", x=x + size // 2, y=28),
        ]
    for begin, end in diagram.arrows:
        found += arrow_of(places[begin], places[end])
    for box, lines in diagram.boxes.items():
        found += box_of(places[box], lines)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">'
    return "\n".join([head, *found, "</svg>\n"])
