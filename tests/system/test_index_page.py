"""The page of a package repository in a real browser."""

import json
import subprocess

import pytest

from harness.chromium import chromium
from harness.drivers import package_name, store_folder
from harness.limits import LIMIT
from harness.paths import BINARY

RELEASES = ["4593.2.5", "4459.2.4", "4230.2.4", "4081.3.6", "3815.2.5"]
DRIVERS = ["595.58.03", "580.142", "550.163.01", "535.261.03"]
HOSTILE = "<script>document.title='owned'</script><img src=http://127.0.0.1:9/x>\"'&"


def package(release: str, driver: str, flavour: str) -> dict:
    number = RELEASES.index(release) * 100 + DRIVERS.index(driver) * 10 + len(flavour)
    kernel = f"6.{number}.0-flatcar"
    return {
        "file": f"{store_folder(release)}/{package_name(driver, flavour, kernel)}",
        "size": 1_400_000 + number * 7_001,
        "sha256": f"{number:064x}",
        "os": "flatcar",
        "release": release,
        "architecture": "x86_64",
        "kernel": kernel,
        "driver": driver,
        "flavour": flavour,
        "tag": "",
        "built_at": 1_790_000_000 + number,
        "signed_by": [f"{number:040x}"] if flavour == "open" else [],
    }


PACKAGES = [
    package(release, driver, flavour)
    for release in RELEASES
    for driver in DRIVERS
    for flavour in ("open", "proprietary")
    if (release, driver) != ("3815.2.5", "595.58.03")
]


@pytest.fixture(scope="module")
def browser():
    with chromium() as page:
        yield page


@pytest.fixture(scope="module")
def render(tmp_path_factory):
    def write(packages: list[dict]) -> str:
        index = json.dumps({"format": 1, "packages": packages})
        page = subprocess.run(
            [BINARY.with_name("render_index_page")],
            input=index,
            text=True,
            capture_output=True,
            check=True,
            timeout=LIMIT,
        )
        file = tmp_path_factory.mktemp("page") / "index.html"
        file.write_text(page.stdout)
        return file.as_uri()

    return write


@pytest.fixture(scope="module")
def url(render):
    return render(PACKAGES)


VISIBLE = (
    "[...document.querySelectorAll('{}')].filter((it) => it.getClientRects().length > 0).length"
)


def visible(browser, selector: str) -> int:
    return browser.value(VISIBLE.format(selector))


def test_typing_filters(browser, url):
    browser.open(url, 1200)
    assert visible(browser, "tbody tr") == len(RELEASES)
    assert visible(browser, "details") == len(PACKAGES)
    browser.value("document.getElementById('filter').focus()")
    browser.type("4593 signed 535")
    selectors = ("tbody tr", "thead th", "details")
    assert [visible(browser, selector) for selector in selectors] == [1, 2, 1]
    shown = browser.value("document.getElementById('shown').value")
    assert shown == f"1 of {len(PACKAGES)} packages"
    link = browser.value("location.hash")
    assert link == "#4593%20signed%20535", "the filtered page can be linked to"
    browser.type(" nothing-has-this")
    assert visible(browser, "tbody tr") == 0


def test_a_link_brings_its_filter(browser, url):
    browser.open(url + "#" + PACKAGES[5]["sha256"], 1200)
    assert visible(browser, "details") == 1
    browser.open(url + "#%E0%A4%A", 1200)
    assert visible(browser, "details") == len(PACKAGES), "a damaged link filters nothing"


RIGHTMOST = """
    Math.max(...[...document.querySelectorAll('dd, th, summary')]
        .map((it) => it.getBoundingClientRect().right))
"""
BRIGHTNESS = """
    getComputedStyle(document.body).{}.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 3
"""  # 0 to 255


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_the_screen(browser, url, width, scheme):
    browser.open(url, width, scheme=scheme)
    browser.value("document.querySelectorAll('details').forEach((it) => { it.open = true; })")
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value(RIGHTMOST) <= width
    # A dark page for those who want one.
    page, text = (browser.value(BRIGHTNESS.format(name)) for name in ("backgroundColor", "color"))
    assert (page > text) == (scheme == "light") and abs(page - text) > 150


def test_without_scripts_it_is_a_table(browser, url):
    browser.open(url, 1200, scripts=False)
    assert visible(browser, "#filter") == 0 and visible(browser, "details") == len(PACKAGES)
    browser.send("Emulation.setScriptExecutionDisabled", value=False)


def test_links_lead_to_the_packages(browser, url):
    browser.open(url, 1200)
    links = set(browser.value("[...document.querySelectorAll('a')].map((it) => it.href)"))
    assert links == {url.rsplit("/", 1)[0] + "/" + package["file"] for package in PACKAGES}


def test_hostile_names_stay_text_and_nothing_is_requested(browser, render):
    names = ("os", "release", "architecture", "kernel", "driver", "tag", "sha256")
    links = {"file": "javascript:alert(1)//" + HOSTILE, "signed_by": [HOSTILE]}
    hostile = PACKAGES[0] | dict.fromkeys(names, HOSTILE) | links
    address = render([hostile, *PACKAGES])
    browser.open(address, 1200)
    browser.value("document.querySelectorAll('details').forEach((it) => { it.open = true; })")
    assert browser.value("document.title") == "Driver packages"
    assert browser.value("document.images.length") == 0
    assert browser.value("document.scripts.length") == 1
    heads = browser.value("[...document.querySelectorAll('thead th')].map((it) => it.textContent)")
    assert HOSTILE in heads
    assert browser.value("[...document.links].every((it) => it.protocol === 'file:')")
    assert [one for one in browser.requests() if not one.startswith("data:")] == [address]
    methods = {event.get("method") for event in browser.events}
    assert not methods & {"Runtime.exceptionThrown", "Log.entryAdded"}
