"""The picture on the front page: made of its text, and legible in a real browser."""

import pytest

from harness import diagram
from harness.chromium import chromium
from harness.paths import ROOT

PADDING = 8  # at least, left and right of a text


def test_the_picture_is_what_its_text_says():
    made = diagram.picture(diagram.read(diagram.TEXT.read_text()))
    assert diagram.PICTURE.read_text() == made, "run ci/diagram"
    assert f"]({diagram.PICTURE.relative_to(ROOT)})" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("box 0 A | b\narrow 0 1\n", "leads to no box: 1"),
        ("circle 0 A\n", "'circle 0 A' is no line"),
        ("arrow 0\n", "not enough values"),
    ],
)
def test_what_is_wrong_with_a_text(text, cause):
    with pytest.raises(ValueError, match=cause):
        diagram.read(text)


def test_marks_of_the_text_stay_text():
    drawn = diagram.picture(diagram.read("title <&\nbox 0 A <b> & c\n"))
    assert "<title>&lt;&amp;</title>" in drawn and ">A &lt;b&gt; &amp; c</text>" in drawn


TEXTS = """
    [...document.querySelectorAll('text:not(.frame-text)')].map((it) => {
        const text = it.getBBox();
        const boxes = [...document.querySelectorAll('.box')].map((box) => box.getBBox());
        const around = boxes.find((box) => box.x <= text.x && text.x <= box.x + box.width &&
                                           box.y <= text.y && text.y <= box.y + box.height);
        return around ? Math.min(text.x - around.x, around.x + around.width - text.x - text.width,
                                 text.y - around.y, around.y + around.height - text.y - text.height)
                      : -1;
    })
"""
LUMINANCE = """
    (() => {
        const part = (it) => it <= 0.03928 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4;
        const of = (element) => getComputedStyle(document.querySelector(element)).fill
            .match(/\\d+/g).slice(0, 3).map((it) => part(it / 255))
            .reduce((sum, it, at) => sum + it * [0.2126, 0.7152, 0.0722][at], 0);
        return ['text:not(.frame-text)', '.box', '.frame-text'].map(of);
    })()
"""
PAGES = {"light": 1.0, "dark": 0.0063}  # luminance of GitHub's pages, #ffffff and #0d1117


@pytest.fixture(scope="module")
def browser():
    with chromium() as page:
        yield page


def contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


@pytest.mark.parametrize("scheme", PAGES)
def test_can_be_read(browser, scheme):
    """By WCAG: 4.5 for text; what lies on the page itself is legible on either."""
    browser.open(diagram.PICTURE.as_uri(), 1040, scheme=scheme)
    assert min(browser.value(TEXTS)) >= PADDING / 2
    text, box, on_the_page = browser.value(LUMINANCE)
    assert contrast(text, box) > 7
    assert all(contrast(on_the_page, page) > 3.5 for page in PAGES.values())
