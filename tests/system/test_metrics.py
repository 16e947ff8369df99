"""What is made of init's metrics: the page that describes them, Grafana's dashboard, the alerts.
The truth is the unit test's golden file, which is what the program prints of a node that has
everything."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from harness.documents import links
from harness.limits import LIMIT
from harness.paths import FIXTURES, ROOT
from harness.shell import material
from harness.workers import shared

GOLDEN = (ROOT / "tests/unit/loader/metrics/golden/metrics.prom").read_text()
PAGE = ROOT / "docs/metrics.md"
DASHBOARD = ROOT / "deploy/grafana/driverctl.json"
ALERTS = ROOT / "deploy/grafana/alerts.yaml"
OF_PROMETHEUS = {"up"}


class Metric(NamedTuple):
    kind: str
    labels: frozenset[str]


def metrics_of_the_program() -> dict[str, Metric]:
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", GOLDEN, re.M))
    found = {}
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", GOLDEN, re.M):
        found[name] = Metric(kinds[name], frozenset(re.findall(r'(\w+)="', labels)))
    return found


METRICS = metrics_of_the_program()


def test_the_page_has_every_metric_with_type_and_labels():
    rows = re.findall(r"^\| `(driverctl_\w+)` \| (\w+) \| (.*?) ?\|", PAGE.read_text(), re.M)
    said = {name: Metric(kind, frozenset(re.findall(r"\w+", cell))) for name, kind, cell in rows}
    assert len(METRICS) >= 10 and said == METRICS
    assert [name for name, _, _ in rows] == list(METRICS), "in the order in which they are printed"


def strangers(expression: str) -> set[str]:
    """Names in a PromQL expression that no metric of ours has, and labels that the metric before
    them has not."""
    found = set()
    plain = re.sub(r'"[^"]*"', '""', expression)
    for name, labels in re.findall(r"\b(driverctl_\w+|up)\b(?:\{([^}]*)\})?", plain):
        if name in OF_PROMETHEUS:
            continue
        if name not in METRICS:
            found.add(name)
            continue
        asked = set(re.findall(r"(\w+)\s*(?:=|!)", labels))
        found |= {f"{name}: {label}" for label in asked - METRICS[name].labels - {"instance"}}
    for labels in re.findall(r"\b(?:by|on|group_left) \(([^)]*)\)", plain):
        every = {label for metric in METRICS.values() for label in metric.labels} | {"instance"}
        found |= set(re.findall(r"\w+", labels)) - every
    return found


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("sum by (state) (driverctl_state)", set()),
        ('driverctl_state{stat="x"}', {"driverctl_state: stat"}),
        ("rate(driverctl_restarts_total[5m])", {"driverctl_restarts_total"}),
        ("count by (version, node) (driverctl_build_info)", {"node"}),
    ],
)
def test_what_is_strange_in_an_expression(expression, found):
    assert strangers(expression) == found


def dashboard() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return value


def expressions_of_the_dashboard() -> list[str]:
    value = dashboard()
    panels = [target["expr"] for panel in value["panels"] for target in panel["targets"]]
    return panels + [annotation["expr"] for annotation in value["annotations"]["list"]]


def expressions_of_the_alerts() -> list[str]:
    return [
        rule["expr"]
        for group in yaml.safe_load(ALERTS.read_text())["groups"]
        for rule in group["rules"]
    ]


def test_expressions_name_only_what_the_program_prints():
    expressions = expressions_of_the_dashboard() + expressions_of_the_alerts()
    assert {text: found for text in expressions if (found := strangers(text))} == {}
    used = set(re.findall(r"driverctl_\w+", "\n".join(expressions + [DASHBOARD.read_text()])))
    assert used == set(METRICS), "each metric is of use on the dashboard or in an alert"


def test_dashboard_is_one_that_grafana_takes():
    """What its importer wants, and what it would show wrongly without a word."""
    value = dashboard()
    assert isinstance(value["schemaVersion"], int) and value["uid"] and value["title"]
    assert "id" not in value, "the importing Grafana gives it one"
    variables = {one["name"]: one for one in value["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert list(variables)[0] == "datasource", "the others are asked of it"
    panels = value["panels"]
    identities = [panel["id"] for panel in panels]
    assert len(set(identities)) == len(identities) and len({p["title"] for p in panels}) > 5
    parts = [variables["instance"], *value["annotations"]["list"], *panels]
    parts += [target for panel in panels for target in panel["targets"]]
    assert {part["datasource"]["uid"] for part in parts} == {"${datasource}"}
    for panel in panels:
        assert panel["description"].endswith("."), panel["title"]
    named = set(re.findall(r"\$\{?(\w+)", DASHBOARD.read_text()))
    assert named == set(variables), "each variable is there and of use"


def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
    at = panel["gridPos"]
    columns, rows = range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])
    return {(x, y) for x in columns for y in rows}


def test_panels_do_not_overlap_and_leave_no_hole():
    panels = [cells(panel) for panel in dashboard()["panels"]]
    taken = set().union(*panels)
    assert sum(map(len, panels)) == len(taken)
    assert taken == {(x, y) for x in range(24) for y in range(max(y for _, y in taken) + 1)}


@pytest.fixture(scope="module")
def promtool() -> Path:
    shared("promtool", lambda: material("fetch-debs", "promtool"))
    return FIXTURES / "promtool/usr/bin/promtool"


def check(promtool: Path, *words: object, text: str | None = None) -> None:
    argv = [str(promtool), *map(str, words)]
    done = subprocess.run(argv, input=text, text=True, capture_output=True, timeout=LIMIT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_reads_the_metrics(promtool):
    check(promtool, "check", "metrics", text=GOLDEN)


def test_prometheus_reads_the_dashboards_expressions(promtool, tmp_path):
    texts = [text.replace("$instance", ".*") for text in expressions_of_the_dashboard()]
    rules = [{"record": f"panel:{number}", "expr": text} for number, text in enumerate(texts)]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    check(promtool, "check", "rules", file)


# What a node says over an hour, one value a minute; the alerts that are there then. Between, each
# time, stands a node on which nothing is wrong.


# By node: what it says over an hour, one value a minute, and the alerts that are firing then.
READY = {"driverctl_ready": "1x60", 'driverctl_state{state="ready"}': "1x60"}
FIRING: dict[str, tuple[dict[str, str], list[str]]] = {
    "good": (READY | {'up{job="driverctl"}': "1x60"}, []),
    "gone": ({'up{job="driverctl"}': "0x60"}, ["DriverctlDown"]),
    "pod gone": ({'up{job="gpu/driverctl"}': "0x60"}, ["DriverctlDown"]),
    "another's": ({'up{job="node"}': "0x60"}, []),
    "gone for a moment": ({'up{job="driverctl"}': "1x50 0x5 1x4"}, []),
    "starting": ({'driverctl_state{state="starting"}': "1x60"}, ["DriverctlNotReady"]),
    "started": ({'driverctl_state{state="starting"}': "1x4 0x55"}, []),
    "daemon": (READY | {'driverctl_daemon_up{daemon="d"}': "0x60"}, ["DriverctlDaemonDown"]),
    "daemon again": (
        READY | {'driverctl_daemon_restarts_total{daemon="d"}': "0+0.1x60"},
        ["DriverctlDaemonRestarts"],
    ),
    "daemon once": (READY | {'driverctl_daemon_restarts_total{daemon="d"}': "0x30 1x29"}, []),
    "stranger": (
        READY | {'driverctl_gpu_info{address="a",driver="vfio-pci"}': "1x60"},
        ["DriverctlGpuWithoutDriver"],
    ),
    "nobody": (
        READY | {'driverctl_gpu_info{address="a",driver=""}': "1x60"},
        ["DriverctlGpuWithoutDriver"],
    ),
    "bound": (READY | {'driverctl_gpu_info{address="a",driver="nvidia"}': "1x60"}, []),
}


def firing_test(node: str, series: dict[str, str], firing: list[str]) -> dict[str, Any]:
    """In the words of `promtool test rules`: which alerts are firing after an hour."""

    def of(name: str) -> str:
        plain, _, labels = name.partition("{")
        return f'{plain}{{instance="{node}",{labels or "}"}'

    query = "count by (alertname, instance) (ALERTS{alertstate='firing'})"
    samples = [{"labels": f'{{alertname="{one}",instance="{node}"}}', "value": 1} for one in firing]
    return {
        "interval": "1m",
        "input_series": [{"series": of(name), "values": text} for name, text in series.items()],
        "promql_expr_test": [{"expr": query, "eval_time": "1h", "exp_samples": samples}],
    }


def test_alerts_fire_when_they_should(promtool, tmp_path):
    check(promtool, "check", "rules", ALERTS)
    named = {rule["alert"] for rule in yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]}
    assert {alert for _, firing in FIRING.values() for alert in firing} == named
    tests = [firing_test(node, *what) for node, what in FIRING.items()]
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(ALERTS)], "tests": tests}))
    check(promtool, "test", "rules", file)


def test_the_page_has_every_alert():
    named = [rule["alert"] for rule in yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]]
    assert re.findall(r"^\| `(Driverctl\w+)` \|", PAGE.read_text(), re.M) == named
    for file in (DASHBOARD, ALERTS):
        assert f"../{file.relative_to(ROOT)}" in links(PAGE)
